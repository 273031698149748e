from datetime import datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.clock import AsOf
from persona.foundation.consent import consent_contract, consent_now
from persona.tables import CANONICAL
from persona.tables.wide import wide

at = datetime.fromisoformat
AS_OF = AsOf.parsed("2026-07-01", "UTC")
COLUMNS = {"customer_no": pl.Int64} | {c.name: c.dtype for c in CANONICAL["consents"].columns}


def log(*entries):
    blank = dict.fromkeys(COLUMNS) | {"customer_no": 1, "purpose": "marketing", "channel": "email", "status": "granted"}
    return pl.DataFrame([blank | {"at": at("2026-01-01")} | entry for entry in entries], schema=COLUMNS)


def may_email(*entries):
    return consent_now(log(*entries), as_of=AS_OF, purpose="marketing", channels=["email"])["consent_email"].to_list()


@pytest.mark.parametrize(
    ("entries", "answer"),
    [
        ([{}], [True]),
        ([{}, {"status": "withdrawn", "at": at("2026-02-01")}], [False]),
        ([{"status": "withdrawn"}, {"at": at("2026-02-01")}], [True]),
        ([{}, {"status": "objected"}], [False]),
        ([{}, {"status": "withdrawn", "channel": "*", "at": at("2026-02-01")}], [False]),
        ([{"status": "withdrawn", "channel": "*"}, {"at": at("2026-02-01")}], [True]),
        ([{"channel": "sms"}], [False]),
        ([{"expires_at": at("2026-07-01")}], [False]),
        ([{"expires_at": at("2026-07-01T00:00:01")}], [True]),
        ([{"at": at("2026-07-01")}], []),
        ([{"purpose": "service"}], []),
        ([{"status": None}], [False]),
    ],
)
def test_the_newest_entry_known_counts_and_a_refusal_wins_at_equal_time(entries, answer):
    assert may_email(*entries) == answer


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_who_has_no_entry_has_consented_to_nothing(frame):
    customers = pl.DataFrame({"customer_no": [1, 2]})
    known = consent_now(frame(log({"channel": "*"})), as_of=AS_OF, purpose="marketing", channels=["email", "push"])
    full = wide(customers, known.lazy().collect(), contract=consent_contract(["email", "push"]))
    assert full.rows() == [(1, True, True), (2, False, False)]


ENTRY = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(["*", "email", "sms"]),
        "status": st.sampled_from(["granted", "withdrawn"]),
        "at": st.sampled_from([at(f"2026-0{month}-01") for month in range(1, 9)]),
    }
)


@given(st.lists(ENTRY, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_log_means_nothing_and_a_later_refusal_of_all_ends_all(entries, chance):
    channels = ["email", "sms"]
    shuffled = chance.sample(entries, len(entries))
    known = consent_now(log(*entries), as_of=AS_OF, purpose="marketing", channels=channels)
    assert_frame_equal(consent_now(log(*shuffled), as_of=AS_OF, purpose="marketing", channels=channels), known)
    refusal = {"channel": "*", "status": "withdrawn", "at": at("2026-06-30")}
    refused = consent_now(log(*entries, refusal), as_of=AS_OF, purpose="marketing", channels=channels)
    assert refused.rows() == [(1, False, False)]
