"""A night whose tables are gone, read from its evidence: as its rules were then."""

from datetime import timedelta

import pytest
from fakes import bank, nights

from persona.offers.bits import Bits

NAMES = ("verdicts", "night_actions", "night_rules")


def who_has_not_flown(root, run_id):
    """A customer whom that one condition alone keeps from the weekend by e-mail."""
    with nights.opened(root) as store:
        bits = Bits(*(store.evidence(run_id, name).collect() for name in NAMES))
        rule = next(one.number for one in bits.rules if one.id == "has_flown")
        number = bits.verdicts["customer_no"].gather(
            (bits.alone(bits.actions_of("weekend")[0]) == rule).nonzero()[0][0]
        )
        people = dict(store.crosswalk().select("customer_no", "customer_id").iter_rows())
        return people[number.item()]


def explained(root, customer, *argv):
    told = nights.persona(root, "explain", customer, "--offer", "weekend", "--json", *argv)
    assert told.code == 0, told.err
    return told.json


def against(told):
    """What refused the weekend by e-mail, with what was read and what would have done."""
    [mail] = [one for one in told["refused"] if one["channel"] == "email"]
    return [(one["letter"], one["id"], one["failing"], one["change"]) for one in mail["refusals"]]


@pytest.fixture(scope="module")
def third(tmp_path_factory):
    """The bank after three nights, the id of the first, a customer, and what was told of him after it."""
    root = nights.copied(nights.reference(), tmp_path_factory.mktemp("third") / "bank")
    with nights.opened(root) as store:
        first = store.runs()["run_id"][0]
    customer = who_has_not_flown(root, first)
    before = explained(root, customer)
    for day in (1, 2):
        bank.deliver(root, bank.NEWEST + timedelta(days=day), days=1)
        assert nights.persona(root, "run", "--quiet").code == 0
    offer = root / "rules/offers/weekend.yaml"
    offer.write_text(offer.read_text().replace("purchases_365d_travel_air >= 1", "purchases_365d_travel_air >= 7"))
    return root, first, customer, before


def test_what_was_decided_weighed_and_read_is_told_as_it_was(third):
    root, first, customer, before = third
    later = explained(root, customer, "--run", first)
    assert against(later) == against(before)
    assert [one[1] for one in against(later)] == ["has_flown"]
    assert "purchases_365d_travel_air" in later["refused"][0]["refusals"][0]["failing"][0]["text"]
    assert (later["decisions"], later["choices"]) == (before["decisions"], before["choices"])
    assert (later["run_id"], later["is_finished"]) == (first, True)


def test_its_funnel_is_counted_from_its_bits(third):
    root, first, _, _ = third
    told = nights.persona(root, "rules", "funnel", "--offer", "weekend", "--run", first, "--json").json
    assert (told["run_id"], sum(row["lost"] for row in told["funnel"]) + told["funnel"][-1]["left"]) == (first, 60)
    costs = nights.persona(root, "rules", "cost", "--run", first, "--json").json["costs"]
    assert {row["value_minor"] for row in costs} == {None}
