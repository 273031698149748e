from datetime import date

import pytest

from persona.errors import ExtractError, PolicyError

RULES = {"into": "accounts", "columns": {"account_id": {"from": "konto"}, "status": {"from": "stav"}}}


def test_columns_are_matched_by_name_and_their_order_means_nothing(taken):
    rows = taken(b"stav,other,konto\nopen,x,1\n", **RULES).rows
    assert rows.select("account_id", "status").rows() == [("1", "open")]


def test_a_missing_column_is_told_with_the_nearest_and_how_to_declare_it(taken):
    with pytest.raises(ExtractError) as refused:
        taken(b"konto,staav\n1,open\n", **RULES)
    assert str(refused.value) == (
        "x.csv: column 'stav' is missing\n"
        "  The nearest in its header is 'staav'. If the source changed, say so in : "
        "versions: [{from: 2026-03-31, rename: {staav: stav}}]."
    )


def test_a_column_that_is_gone_can_be_declared_missing(taken):
    with pytest.raises(ExtractError, match=r"missing: \[stav\]"):
        taken(b"konto\n1\n", **RULES)


def test_a_file_that_lost_its_header_is_refused_without_a_word_of_its_first_row(taken):
    with pytest.raises(ExtractError, match="is the header missing") as refused:
        taken(b"4711,Novak\n4712,Svoboda\n", **RULES)
    assert "Novak" not in str(refused.value)


def test_a_new_column_is_refused_where_the_known_ones_are_listed(taken):
    taken(b"konto,stav,note\n1,open,x\n", ignore=["note"], **RULES)
    with pytest.raises(ExtractError, match="column 'extra' is new: no rule knows it"):
        taken(b"konto,stav,extra\n1,open,x\n", ignore=["note"], **RULES)


def test_an_unnamed_last_column_is_nothing_new(taken):
    assert taken(b"konto,stav,\n1,open,\n", ignore=[], **RULES).rows.height == 1


@pytest.mark.parametrize(
    ("day", "content"), [(1, b"konto;zustand\n1;open\n"), (2, b"konto\n1\n"), (3, b"konto,stav\n1,open\n")]
)
def test_the_files_of_some_days_may_differ(taken, day, content):
    versions = [
        {"until": date(2026, 3, 2), "format": {"delimiter": ";"}, "rename": {"zustand": "stav"}},
        {"from": date(2026, 3, 2), "until": date(2026, 3, 3), "missing": ["stav"]},
    ]
    rows = taken(content, day=date(2026, 3, day), versions=versions, **RULES).rows
    assert rows.select("account_id", "status").rows() == [("1", None if day == 2 else "open")]


def test_a_version_that_says_what_no_format_can_is_an_error_of_the_policy(taken):
    with pytest.raises(PolicyError, match=r"format\.delimitr is not what a format can say"):
        taken(b"konto,stav\n", versions=[{"format": {"delimitr": ";"}}], **RULES)


def test_a_header_that_runs_into_the_first_row_tells_nothing_of_that_row(taken):
    with pytest.raises(ExtractError) as refused:
        taken(b"konto,st1,stavba Novak\n2,open\n3,open\n", **RULES)
    assert str(refused.value) == (
        "x.csv: column 'stav' is missing\n"
        "  If the source changed, say so in : versions: [{from: 2026-03-31, missing: [stav]}]."
    )
