"""What an advisor sees of one person, on the screen and as a page."""

import json
import re
from datetime import date

import pytest
from fakes import nights

from persona.cli.portrait_page import _line

NEEDS = """\
needs:
  - need: cushion
    name: {en: A cushion & more}
    when: purchases_30d >= 0
    score: "70"
    says: {en: everybody may need one}
    source: Playbook 1
  - need: nothing
    name: {en: Nothing}
    when: purchases_30d < 0
    score: "90"
    says: {en: nobody}
    source: Playbook 2
"""


@pytest.fixture
def bank(after):
    (after / "rules" / "needs.yaml").write_text(NEEDS)
    return after


def test_it_shows_what_would_help_what_is_held_and_what_is_decided(bank):
    told = nights.persona(bank, "customer", "show", "K001")
    assert told.code == 0, told.err
    assert told.out.startswith("Customer K001")
    lines = told.out.splitlines()
    assert any(line.startswith("A cushion & more") and " 70 " in line for line in lines)
    for title in ("What would help most", "Belongs to", "Tonight", "Reached by"):
        assert title in lines
    assert "Nothing" not in told.out


def test_the_same_as_json_and_as_a_page_that_loads_nothing_and_only_its_owner_may_read(bank):
    told = nights.persona(bank, "customer", "show", "K001", "--json", "--to", str(bank / "k.html"))
    assert [one["need"] for one in told.json["needs"]] == ["cushion"]
    page = bank / "k.html"
    text = page.read_text()
    assert "A cushion &amp; more" in text
    assert "default-src 'none'" in text
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert page.stat().st_mode & 0o777 == 0o600


def test_no_name_and_no_address_stands_in_it(bank):
    told = nights.persona(bank, "customer", "show", "K001", "--to", str(bank / "k.html"))
    for text in (told.out, (bank / "k.html").read_text()):
        assert "Quickenborn" not in text
        assert "@canary" not in text
        assert "tok_" not in text


def test_a_customer_who_is_not_there_is_told_so(bank):
    ended = nights.persona(bank, "customer", "show", "K999")
    assert (ended.code, "no such customer" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('score: "70"', "score: lifecycle", "rules/needs.yaml:5:12: the expression gives text, where a number"),
        ("    source: Playbook 1", "    source: Playbook 1\n    offers: [cashbak]", "unknown offer 'cashbak'"),
        ("need: nothing", "need: cushion", "need 'cushion' stands twice"),
    ],
)
def test_a_slip_in_the_needs_is_told_with_its_place(bank, old, new, what):
    (bank / "rules" / "needs.yaml").write_text(NEEDS.replace(old, new))
    ended = nights.persona(bank, "validate")
    assert ended.code == 2
    assert what in ended.err


FLIGHT = {"amount_minor": -9_900, "currency": "EUR", "category": "groceries", "merchant": "MARKET"}


def test_a_booking_just_made_moves_what_is_counted_and_foreseen_of_its_category_and_nothing_is_kept(bank, tmp_path):
    day = nights.persona(bank, "customer", "show", "K001", "--json").json["explanation"]["as_of"][:10]
    event = tmp_path / "now.json"
    event.write_text(json.dumps(FLIGHT | {"booked_at": f"{day}T12:30Z"}))
    told = nights.persona(bank, "customer", "show", "K001", "--event", str(event), "--json")
    assert told.code == 0, told.err
    moved = {one["column"]: (one["before"], one["after"]) for one in told.json["moved"]}
    assert moved["affinity_groceries"][1] > moved["affinity_groceries"][0]
    assert moved["spend_30d_groceries_minor"][1] - moved["spend_30d_groceries_minor"][0] == 9_900
    shown = nights.persona(bank, "customer", "show", "K001", "--event", str(event))
    assert "What the booking moves" in shown.out
    assert "spend_30d_groceries_minor" in shown.out
    assert nights.persona(bank, "customer", "show", "K001", "--json").json["moved"] == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"booked_at": "2020-01-01"}, "a booking lies before "),
        ({"booked_at": "soon"}, "booked_at is no instant"),
        ({"booked_at": "2030-01-01", "amount_minor": 12.5}, "amount_minor is no whole number"),
        ({"booked_at": "2030-01-01", "mercant": "X"}, "Did you mean 'merchant'?"),
        ({}, "booked_at is missing"),
        ({"booked_at": "2030-01-01", "category": "grocery"}, "Did you mean 'groceries'?"),
        ({"booked_at": "2030-01-01", "currency": "CHF"}, "no booking counts"),
    ],
)
def test_what_is_no_booking_of_the_moment_is_refused_with_what_to_do(bank, tmp_path, said, why):
    event = tmp_path / "now.json"
    event.write_text(json.dumps(FLIGHT | said))
    told = nights.persona(bank, "customer", "show", "K001", "--event", str(event))
    assert (told.code, why in told.err) == (2, True), told.err


def test_each_prediction_has_its_reasons_in_words_and_its_confidence_before_them(bank):
    told = nights.persona(bank, "customer", "show", "K001", "--json", "--to", str(bank / "k.html"))
    outlook = {one["what"]: one for one in told.json["outlook"]}
    facts = told.json["explanation"]["profile"]
    assert {"buys in 30 days", "is drifting away"} <= set(outlook)
    assert all(one["because"] for one in outlook.values())
    since = re.search(r"last (\d+) days ago", " ".join(outlook["buys in 30 days"]["because"])).group(1)
    assert int(since) >= facts["recency_days"]
    page = (bank / "k.html").read_text()
    for one in outlook.values():
        place = page.index(f"<b>{one['what']}")
        assert page.index('class="sure"', place) < page.index(one["because"][0].split(";")[0], place)


def test_a_balance_is_drawn_with_its_days_and_its_least_greatest_and_last_amount():
    course = [(date(2026, 5, 31), 450_355), (date(2026, 6, 15), -1_200), (date(2026, 6, 30), 404_229)]
    drawn = _line("a & b", course, "EUR")
    texts = re.findall("<text[^>]*>(.*?)</text>", drawn)
    assert texts == [
        "a &amp; b", "4,042.29 EUR", "2026-05-31", "2026-06-30", "least -12.00 EUR, most 4,503.55 EUR"
    ]  # fmt: skip
    points = [float(y) for _, y in (pair.split(",") for pair in re.search('points="(.*?)"', drawn).group(1).split())]
    zero = float(re.search('class="zero".*?y1="(.*?)"', drawn).group(1))
    assert points[0] < points[2] < zero < points[1]
