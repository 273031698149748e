from datetime import date

import polars as pl
import pytest

from persona.offers.history import contact_history
from persona.offers.order import out_of_order
from persona.policy.rules import Conflict, Sequence

DAY = date(2026, 7, 1)
UNITS = pl.DataFrame({"customer_no": [1, 2]})
METALS = Conflict(id="metals", never=("gold", "silver"), within_days=10)
FIRST = Sequence(id="first", offer="silver", after="gold", within_days=10)


@pytest.fixture
def refused(contacts, outcomes, columns, offer, as_of):
    def told(*rows, conflicts=(), orders=()):
        actions = columns(offer("gold"), offer("silver"))
        history = contact_history(contacts(*rows), outcomes(), actions=actions, as_of=as_of)
        found = out_of_order(UNITS, history, actions, conflicts=conflicts, orders=orders, day=DAY)
        return [(customer, rule, actions[at].offer.offer) for customer, rule, at in found.rows()]

    return told


@pytest.mark.parametrize("status", ["sent", "handed_off", "written", "planned", "ghost"])
def test_who_was_or_will_be_told_of_one_is_not_told_of_the_other(refused, status):
    told = {"at": "2026-06-25T08:00", "status": status}
    assert refused(told, conflicts=[METALS]) == [(1, "metals", "silver")]


@pytest.mark.parametrize("row", [{"at": "2026-06-20T08:00"}, {"at": "2026-06-25T08:00", "status": "expired"}])
def test_what_is_long_ago_or_reached_nobody_is_in_no_conflict(refused, row):
    assert refused(row, conflicts=[METALS]) == []


def test_what_has_to_follow_another_waits_for_it(refused):
    assert refused(orders=[FIRST]) == [(1, "first", "silver"), (2, "first", "silver")]
    assert refused({"at": "2026-06-25T08:00"}, orders=[FIRST]) == [(2, "first", "silver")]
    assert refused({"at": "2026-06-20T08:00"}, orders=[FIRST]) == [(1, "first", "silver"), (2, "first", "silver")]
