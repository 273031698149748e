from datetime import date

import polars as pl
import pytest

from persona.foundation.snapshots import newest_known, of_newest_deliveries

DELIVERIES = pl.DataFrame(
    {
        "delivery_no": [1, 2, 3, 4],
        "source": ["core", "core", "other", "daily"],
        "delivered_on": [date(2026, 1, 31), date(2026, 2, 28), date(2026, 1, 31), date(2026, 1, 5)],
        "is_snapshot": [True, True, True, False],
    }
)
ROWS = pl.DataFrame({"id": ["gone", "kept", "kept", "far", "log"], "delivery_no": [1, 1, 2, 3, 4]})


@pytest.mark.parametrize(
    ("as_of", "standing"),
    [
        (date(2026, 3, 1), ["kept", "far", "log"]),
        (date(2026, 2, 28), ["gone", "kept", "far", "log"]),
        (date(2025, 1, 1), ["gone", "kept", "far", "log"]),
    ],
)
@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_what_the_newest_known_snapshot_of_a_source_no_longer_holds_is_gone(frame, as_of, standing):
    assert of_newest_deliveries(frame(ROWS), DELIVERIES, as_of=as_of).lazy().collect()["id"].to_list() == standing


def test_of_two_deliveries_on_one_day_the_later_one_counts():
    known = {"known_on": [date(2026, 1, 1)] * 2, "delivery_no": [2, 1]}
    rows = pl.DataFrame({"id": ["a", "a"], "says": ["new", "old"]} | known)
    assert newest_known(rows, as_of=date(2026, 2, 1), key=["id"])["says"].to_list() == ["new"]
