from datetime import datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.clock import AsOf
from persona.signals.engagement import engagement

at = datetime.fromisoformat
EVENTS = pl.DataFrame(
    [
        (1, "page_view", "mortgage", at("2026-06-30T21:59")),
        (1, "page_view", "mortgage", at("2026-06-16T22:00")),
        (1, "page_view", "mortgage", at("2026-06-16T21:00")),
        (1, "login", None, at("2026-05-31T22:00")),
        (1, "login", None, at("2026-06-30T22:00")),
        (2, "page_view", "lease", at("2026-01-01")),
    ],
    schema=["customer_no", "type", "subject", "at"],
    orient="row",
)


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_events_count_by_local_days_and_what_happens_on_the_day_itself_is_not_known(frame):
    as_of = AsOf.parsed("2026-07-01", "Europe/Berlin")
    made = engagement(frame(EVENTS), as_of=as_of, subjects=["mortgage"]).lazy().collect()
    expected = pl.DataFrame(
        {
            "customer_no": [1, 2],
            "last_event_days": [1, 181],
            "logins_30d": [1, 0],
            "events_14d_mortgage": [2, 0],
            "events_30d_mortgage": [3, 0],
            "events_90d_mortgage": [3, 0],
        }
    )
    assert_frame_equal(made, expected)
