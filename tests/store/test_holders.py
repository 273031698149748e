from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.store.holders import SCHEMA, changed, links, owned, owners
from persona.tables import CANONICAL

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
ALWAYS = date(1, 1, 1)
HOLDERS = {
    "account_id": pl.String,
    "customer_no": pl.Int64,
    "role": pl.String,
    "from_on": pl.Date,
    "until_on": pl.Date,
}
ACCOUNTS = pl.DataFrame(schema={"account_id": pl.String, "customer_id": pl.String, "customer_no": pl.Int64})
CROSSWALK = pl.DataFrame({"customer_no": [1, 2], "bucket": [11, 12]}, schema_overrides={"bucket": pl.Int8})


def holders(*given):
    return pl.DataFrame(given, schema=HOLDERS, orient="row")


def owner_on(day, spans, account="A", customer_id=None, customer_no=None, bucket=-1):
    row = pl.DataFrame(
        {"account_id": [account], "customer_id": [customer_id], "customer_no": [customer_no], "bucket": [bucket]},
        schema_overrides={
            "account_id": pl.String,
            "customer_id": pl.String,
            "customer_no": pl.Int64,
            "bucket": pl.Int8,
        },
    )
    return owned(row, owners=spans, crosswalk=CROSSWALK, day=pl.lit(day)).select("customer_no", "bucket").row(0)


@pytest.mark.parametrize(
    ("day", "who"), [(date(2025, 12, 31), (None, -1)), (JAN, (1, 11)), (date(2026, 1, 31), (1, 11)), (FEB, (None, -1))]
)
def test_a_booking_is_the_owners_from_his_first_day_until_the_day_he_is_no_longer_one(day, who):
    spans = owners(holders(("A", 1, "OWNER", JAN, FEB)), ACCOUNTS)
    assert owner_on(day, spans) == who


def test_who_may_use_an_account_does_not_own_it():
    assert owners(holders(("A", 2, "USER", None, None)), ACCOUNTS).is_empty()


def test_of_two_owners_the_later_one_counts_and_the_earlier_one_again_when_he_is_gone():
    spans = owners(holders(("A", 1, "OWNER", None, None), ("A", 2, "OWNER", JAN, FEB)), ACCOUNTS)
    assert spans.rows() == [("A", ALWAYS, JAN, 1), ("A", JAN, FEB, 2), ("A", FEB, None, 1)]


def test_of_two_who_became_owners_together_the_lower_number_counts():
    spans = owners(holders(("A", 2, "OWNER", JAN, None), ("A", 1, "OWNER", JAN, None)), ACCOUNTS)
    assert spans.rows() == [("A", JAN, None, 1)]


def test_an_account_that_nobody_is_said_to_own_is_the_customers_whom_the_accounts_extract_names():
    named = pl.DataFrame({"account_id": ["A", "B"], "customer_id": ["x", "x"], "customer_no": [1, 1]})
    spans = owners(holders(("B", 2, "OWNER", JAN, None)), named)
    assert spans.rows() == [("A", ALWAYS, None, 1), ("B", JAN, None, 2)]


def test_a_row_that_names_its_customer_is_his_whoever_owns_the_account():
    spans = owners(holders(("A", 1, "OWNER", None, None)), ACCOUNTS)
    assert owner_on(JAN, spans, customer_id="z", customer_no=2, bucket=12) == (2, 12)


def test_a_row_without_account_or_day_is_nobodys():
    spans = owners(holders(("A", 1, "OWNER", None, None)), ACCOUNTS)
    assert owner_on(JAN, spans, account=None) == (None, -1)
    assert owner_on(None, spans) == (None, -1)


def test_an_account_has_changed_when_a_span_of_it_came_went_or_ends_otherwise():
    before = owners(holders(("A", 1, "OWNER", JAN, None), ("B", 1, "OWNER", JAN, None)), ACCOUNTS)
    after = owners(
        holders(("A", 1, "OWNER", JAN, FEB), ("B", 1, "OWNER", JAN, None), ("C", 2, "OWNER", None, None)), ACCOUNTS
    )
    assert changed(before, after).to_list() == ["A", "C"]
    assert changed(after, after).to_list() == []


def test_only_tables_whose_rows_may_lack_a_customer_are_linked_by_account():
    assert [name for name, contract in CANONICAL.items() if links(contract)] == ["accounts", "holdings", "transactions"]


DAYS = st.none() | st.dates(JAN, date(2026, 1, 8))


def expected_owner(said, account, day):
    valid = [
        (start or ALWAYS, -number)
        for name, number, _, start, end in said
        if name == account and (start or ALWAYS) <= day and (end is None or day < end)
    ]
    return -max(valid)[1] if valid else None


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 2), st.just("OWNER"), DAYS, DAYS), max_size=6))
def test_spans_never_overlap_and_each_day_has_the_owner_who_came_last(said):
    spans = owners(holders(*said), ACCOUNTS)
    asked = [(account, date(2026, 1, number)) for account in "AB" for number in range(1, 9)]
    rows = pl.DataFrame(asked, schema={"account_id": pl.String, "day": pl.Date}, orient="row").with_columns(
        customer_id=pl.lit(None, dtype=pl.String),
        customer_no=pl.lit(None, dtype=pl.Int64),
        bucket=pl.lit(-1, dtype=pl.Int8),
    )
    found = owned(rows, owners=spans, crosswalk=CROSSWALK, day=pl.col("day"))
    assert spans.schema == SCHEMA
    assert found["customer_no"].to_list() == [expected_owner(said, account, day) for account, day in asked]
