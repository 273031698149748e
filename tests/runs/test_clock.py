"""Nights at the edges of the clock: send windows are kept in the customer's hours, and later days are not known."""

from datetime import date, time

import polars as pl
import pytest
from fakes import bank, nights

EDGES = {
    "the clocks go forward": "2026-03-29",
    "the day before they do": "2026-03-28",
    "the clocks go back": "2026-10-25",
    "the day after a leap day that is none": "2026-03-01",
    "an instant late in the evening": "2026-06-30T23:59:59",
}
QUICK = {"the clocks go back", "an instant late in the evening"}


def windows(root):
    """Channel, first and last local instant of every message of the newest run."""
    with nights.opened(root) as store:
        rows = store.evidence(store.runs()["run_id"][-1], "decisions").collect()
    local = [
        pl.col(name).dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin")
        for name in ("not_before_utc", "not_after_utc")
    ]
    return rows.filter(pl.col("message_id").is_not_null()).select("channel", *local).rows()


@pytest.mark.parametrize(
    "edge", [pytest.param(edge, marks=() if edge in QUICK else pytest.mark.slow) for edge in EDGES]
)
def test_a_text_or_push_leaves_between_nine_and_eight_whatever_the_clocks_do(fresh, edge):
    path = fresh / "rules/contact.yaml"
    path.write_text(path.read_text().replace("max: 1, days: 3}", "max: 9, days: 3}"))
    bank.deliver(fresh, date(2026, 2, 28))
    granted = fresh / "extracts/consents_2026-05-31.csv"
    granted.write_text(granted.read_text().replace("2026-05-01", "2026-01-01"))
    assert nights.persona(fresh, "run", "--quiet", "--as-of", EDGES[edge]).code == 0
    found = windows(fresh)
    quiet = [(first, last) for channel, first, last in found if channel in {"sms", "push"}]
    assert len(quiet) >= 3
    assert {first.time() for first, _ in quiet} == {time(9)}
    assert {last.time() for _, last in quiet} == {time(20)}
    assert {first.date() for first, _ in quiet} == {date.fromisoformat(EDGES[edge][:10])} or "T" in EDGES[edge]


def test_a_night_of_the_past_knows_nothing_of_what_came_later(fresh):
    assert nights.persona(fresh, "run", "--quiet", "--as-of", "2026-06-10").code == 0
    with nights.opened(fresh) as store:
        profile = store.evidence(store.runs()["run_id"][-1], "profile").collect()
        latest = store.scan("transactions").filter(pl.col("booked_at") < pl.datetime(2026, 6, 9, 22)).collect()
    counted = latest.group_by("customer_no").agg(purchases_365d=pl.len().cast(pl.Int64)).sort("customer_no")
    known = profile.filter(pl.col("purchases_365d") > 0).select("customer_no", "purchases_365d")
    assert known.rows() == counted.rows()
