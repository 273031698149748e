from hypothesis import given
from hypothesis import strategies as st

from persona.cli.layout import laid_out


def test_figures_stand_to_the_right_and_nothing_is_a_dash():
    rows = [("city_break", 1_204, "12.5 %"), ("coast", None, "3.0 %")]
    assert laid_out(("offer", "sent", "share"), rows, width=80) == [
        "offer        sent   share",
        "──────────  ─────  ──────",
        "city_break  1,204  12.5 %",
        "coast           -   3.0 %",
    ]


def test_prose_gives_way_and_names_do_not():
    rows = [("two_emails_a_week_to_one_customer", "contacted often enough this week already")]
    assert laid_out(("limit", "because"), rows, width=60) == [
        "limit                              because",
        "─────────────────────────────────  ─────────────────────────",
        "two_emails_a_week_to_one_customer  contacted often enough",
        "                                   this week already",
    ]


def test_a_table_without_a_header_has_no_rule():
    assert laid_out(("", ""), [("age", "53"), ("region", "SN")], width=40) == ["age     53", "region  SN"]


words = st.text("abcdefgh ", min_size=1, max_size=60).map(str.strip)


@given(st.lists(st.tuples(st.text("abc_", min_size=1, max_size=20), words, st.integers()), min_size=1, max_size=6))
def test_every_word_of_every_row_is_shown_in_its_order(rows):
    lines = laid_out(("name", "says", "count"), rows, width=70)
    assert all(line == line.rstrip() for line in lines)
    shown = "".join(" ".join(lines[2:]).split())
    for name, _, count in rows:
        assert name in shown
        assert f"{count:,}" in shown
    assert sorted("".join("".join(word.split()) for _, word, _ in rows)) == sorted(
        c for line in lines[2:] for c in _middle(line, lines[1]) if c != " "
    )


def _middle(line, rule):
    """What stands under the second of three columns."""
    first, second, _ = (len(part) for part in rule.split("  "))
    return line[first + 2 : first + 2 + second]
