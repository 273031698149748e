"""Triggers: which row sets one off, how long it may be answered, and how one time is told from the next."""

import json
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.clock import AsOf
from persona.offers import looks_back_days, occasions, occurrences
from persona.policy.conditions import checked
from persona.policy.places import Place
from persona.policy.reading import model_of
from persona.policy.text import parse
from persona.policy.triggers import Trigger
from persona.tables import CANONICAL
from persona.tables.profile import OCCURRENCES

PROFILE = {"customer_no": pl.Int64, "lease_days": pl.Int64, "matures_on": pl.Date, "short_p": pl.Float64}
EVENTS = {"customer_no": pl.Int64, "event_id": pl.String, "at": pl.Datetime("us"), "subject": pl.String}
USUAL = {
    "name": {"en": "T"}, "owner": "ann", "source": "Book", "review_on": "2027-01-01", "offers": ["loan"],
    "expires_days": 5,
}  # fmt: skip


def _trigger(name="t", **said):
    data = parse(json.dumps({**USUAL, "trigger": name, **said}), file=f"rules/triggers/{name}.yaml")
    return model_of(data, Trigger)


def _read(model, key):
    columns = PROFILE if key != "where" else dict(CANONICAL[model.table].schema)
    wants = "value" if key == "each" else "condition"
    return checked(str(model.document.data[key]), columns=columns, place=Place(model.file), wants=wants)


def _as_of(day):
    return AsOf.parsed(day, "Europe/Berlin")


def _profile(*rows):
    return pl.DataFrame([{"customer_no": n, **row} for n, row in enumerate(rows or ({},), start=1)], schema=PROFILE)


def _events(*rows):
    return pl.DataFrame(
        [(who, name, datetime.fromisoformat(at), "mortgage") for who, name, at in rows], schema=EVENTS, orient="row"
    )


def _found(day, trigger, *, events=None, profile=None, before=None):
    happened = {"events": _events() if events is None else events}
    people = _profile() if profile is None else profile
    return occurrences(people, happened, before, [trigger], read=_read, as_of=_as_of(day))


LOOKS = {"table": "events", "where": "subject = 'mortgage'", "count": 3, "within_days": 14}


def test_the_row_that_makes_as_many_of_them_sets_it_off_and_further_ones_do_not():
    rows = [(1, f"e{n}", f"2026-06-{n + 20} 10:00") for n in range(1, 6)]
    found, live = _found("2026-07-01", _trigger(**LOOKS, expires_days=30), events=_events(*rows))
    assert found.select("happened_on", "expires_on", "is_live").rows() == [(date(2026, 6, 23), date(2026, 7, 24), True)]
    assert live.rows() == [(1, True, 8)]


def test_rows_outside_the_days_do_not_count_together():
    rows = [(1, "a", "2026-06-10 10:00"), (1, "b", "2026-06-20 10:00"), (1, "c", "2026-06-24 10:01")]
    assert _found("2026-07-01", _trigger(**LOOKS, expires_days=30), events=_events(*rows))[0].is_empty()


@pytest.mark.parametrize(("day", "lives"), [("2026-06-28", 0), ("2026-06-29", 1), ("2026-07-03", 1), ("2026-07-04", 0)])
def test_it_may_be_answered_on_the_days_after_it_and_no_longer(day, lives):
    one = _trigger(table="events", expires_days=5)
    # Half past eleven at night in Berlin.
    assert _found(day, one, events=_events((1, "a", "2026-06-28 21:30")))[0].height == lives


def test_of_several_times_the_newest_counts_and_has_an_occasion_of_its_own():
    one = _trigger(table="events")
    early, late = (1, "a", "2026-06-28 10:00"), (1, "b", "2026-06-29 10:00")
    first, both = (_found("2026-07-01", one, events=_events(*rows))[0] for rows in ([early], [late, early]))
    assert both["happened_on"].to_list() == [date(2026, 6, 29)]
    assert first["occasion"][0] != both["occasion"][0]
    assert "b" not in both["occasion"][0].removeprefix("t:").strip("0123456789abcdef")


def test_rows_count_only_while_the_state_holds_and_what_is_unknown_does_not_hold():
    one = _trigger(table="events", when="lease_days <= 60")
    people = _profile({"lease_days": 60}, {"lease_days": 61}, {})
    events = _events(*((who, f"e{who}", "2026-06-30 10:00") for who in (1, 2, 3)))
    assert _found("2026-07-01", one, events=events, profile=people)[0]["customer_no"].to_list() == [1]


def test_a_state_is_one_time_while_it_holds_and_another_when_it_begins_anew():
    one = _trigger(when="short_p >= 0.7", expires_days=2)
    short, well = _profile({"short_p": 0.8}), _profile({"short_p": 0.1})
    told = []
    before = None
    for day, people in [("01", short), ("02", short), ("03", short), ("04", well), ("05", short)]:
        before = _found(f"2026-07-{day}", one, profile=people, before=before)[0]
        told.append([(row[1][-4:], row[2]) for row in before.select("trigger", "occasion", "is_live").rows()])
    begun, anew = told[0][0][0], told[4][0][0]
    assert told == [[(begun, True)], [(begun, True)], [(begun, False)], [], [(anew, True)]]
    assert begun != anew


def test_each_tells_one_time_of_a_state_from_the_next():
    one = _trigger(when="matures_on IS NOT NULL", each="matures_on")
    first = _found("2026-07-01", one, profile=_profile({"matures_on": date(2026, 7, 9)}))[0]
    same = _found("2026-07-02", one, profile=_profile({"matures_on": date(2026, 7, 9)}), before=first)[0]
    other = _found("2026-07-02", one, profile=_profile({"matures_on": date(2026, 8, 9)}), before=first)[0]
    assert same["occasion"].to_list() == first["occasion"].to_list()
    assert other["occasion"].to_list() != first["occasion"].to_list()
    assert (same["happened_on"][0], other["happened_on"][0]) == (date(2026, 6, 30), date(2026, 7, 1))


def test_what_a_trigger_keeps_of_the_row_stands_beside_the_customer():
    one = _trigger(table="events", keeps=["subject"])
    live = _found("2026-07-01", one, events=_events((1, "a", "2026-06-30 10:00")))[1]
    assert live.rows(named=True) == [{"customer_no": 1, "on_t": True, "on_t_days": 1, "on_t_subject": "mortgage"}]


def test_an_offer_answers_the_most_urgent_of_its_triggers():
    rows = [(1, "a", "a:1", 3, True), (1, "b", "b:1", 9, True), (1, "c", "c:1", 1, False), (2, "a", "a:2", 2, True)]
    found = pl.DataFrame(
        [
            (who, name, occasion, date(2026, 6, 30), date(2026, 7, ends), live)
            for who, name, occasion, ends, live in rows
        ],
        schema=OCCURRENCES.schema,
        orient="row",
    )
    said = {"table": "events"}
    wide = _trigger("b", urgency=50, offers=["loan", "card"], **said)
    rules = [_trigger("a", urgency=10, **said), wide, _trigger("c", urgency=99, **said)]
    told = occasions(found, rules, zone="Europe/Berlin")
    assert told.rows() == [
        (1, "card", "b:1", datetime.fromisoformat("2026-07-08T22:00")),
        (1, "loan", "b:1", datetime.fromisoformat("2026-07-08T22:00")),
        (2, "loan", "a:2", datetime.fromisoformat("2026-07-01T22:00")),
    ]


times = st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(0, 40 * 24)), max_size=12, unique=True)


@given(times, st.integers(1, 3), st.integers(1, 10), st.randoms(use_true_random=False))
def test_rows_older_than_it_looks_back_and_their_order_change_nothing(some, count, within, chance):
    one = _trigger(table="events", count=count, within_days=within)
    begin = datetime.fromisoformat("2026-05-22")
    rows = [(who, f"{who}-{hour}", (begin + timedelta(hours=hour)).isoformat()) for who, hour in some]
    shuffled = chance.sample(rows, len(rows))
    oldest = datetime.fromisoformat("2026-06-30T22:00") - timedelta(days=looks_back_days(one) + 1)
    young = [row for row in shuffled if datetime.fromisoformat(row[2]) >= oldest]
    people = _profile({}, {})
    whole, part = (_found("2026-07-01", one, events=_events(*said), profile=people)[0] for said in (rows, young))
    assert_frame_equal(whole, part)
