import random
from hashlib import blake2b

import pytest

from persona.errors import PolicyError

PREFERENCES = {
    "into": "accounts",
    "columns": {"account_id": {"from": "id"}, "status": {"from": "status"}, "opened_on": {"from": "at"}},
    "key": ["id"],
}
BOOKINGS = {
    "into": "transactions",
    "columns": {"customer_id": {"from": "who"}, "booked_at": {"from": "at"}, "amount_minor": {"from": "amount"}},
}


def test_a_key_that_repeats_with_equal_content_is_one_row(taken):
    done = taken(b"id,status,at\n1,open,\n2,open,\n1,open,\n", **PREFERENCES)
    assert (done.rows["account_id"].to_list(), done.duplicates, done.lines) == (["1", "2"], 1, 3)


def test_a_key_with_other_content_is_refused_with_every_line_of_it(taken):
    done = taken(b"id,status,at\n1,open,\n2,open,\n1,shut,\n", max_rejected_rows=2, **PREFERENCES)
    assert done.rows["account_id"].to_list() == ["2"]
    assert done.rejects.select("line", "reason").rows() == [
        (2, "key stands in several rows of other content"),
        (4, "key stands in several rows of other content"),
    ]


@pytest.mark.parametrize("newest_by", ["at", "nr"])
def test_the_newest_row_of_a_key_wins_where_the_source_says_so(taken, newest_by):
    content = b"id,status,at,nr\n1,open,2026-03-02,10\n1,shut,2026-03-01,9\n"
    done = taken(content, on_conflict="newest", newest_by=newest_by, **PREFERENCES)
    assert (done.rows["status"].to_list(), done.duplicates) == (["open"], 1)


def test_rows_that_are_equally_new_stay_in_conflict(taken):
    content = b"id,status,at\n1,open,2026-03-02\n1,shut,2026-03-02\n1,held,2026-03-01\n"
    done = taken(content, on_conflict="newest", newest_by="at", max_rejected_rows=2, **PREFERENCES)
    assert done.rows.height == 0
    assert done.rejects["reason"].to_list() == ["key stands in several rows of other content, equally new"] * 2
    assert done.duplicates == 1


def test_newest_needs_a_column_that_tells(taken):
    with pytest.raises(PolicyError, match="nothing tells which"):
        taken(b"id,status,at\n1,open,\n1,shut,\n", on_conflict="newest", **PREFERENCES)


def test_without_a_key_equal_rows_are_all_kept_reported_and_told_apart(taken):
    done = taken(b"who,at,amount\nK,2026-03-01,5\nK,2026-03-01,5\nK,2026-03-01,6\n", **BOOKINGS)
    assert (done.rows["txn_id"].n_unique(), done.repeated_rows, done.duplicates) == (3, 1, 0)
    assert done.warnings == ("1 of 3 rows are the same as another: without a key they may be meant, so all are kept",)


def test_the_hash_of_a_row_follows_from_its_content_and_not_from_its_line(taken):
    lines = [b"K%d,2026-03-01,5\n" % (number % 3) for number in range(9)]
    ids = taken(b"who,at,amount\n" + b"".join(lines), **BOOKINGS).rows["txn_id"].sort()
    random.Random(7).shuffle(lines)  # noqa: S311 - any order will do
    assert taken(b"who,at,amount\n" + b"".join(lines), **BOOKINGS).rows["txn_id"].sort().equals(ids)


def test_the_hash_is_specified(taken):
    (found,) = taken(b"who,at,amount\nK1,2026-03-01,5\n", **BOOKINGS).rows["txn_id"]
    said = "x|0|2:K1|1772323200000000|5"
    assert found == blake2b(said.encode(), digest_size=16).hexdigest()


def test_the_key_of_the_contract_serves_where_the_source_names_none(taken):
    rules = {**PREFERENCES, "key": "none"}
    assert taken(b"id,status,at\n1,open,\n1,open,\n", **rules).duplicates == 1
