import polars as pl
from polars.testing import assert_frame_equal

from persona.scores.sample import fit_sample

BOOK = pl.DataFrame({"customer_id": [f"K{i}" for i in range(100)], "customer_no": range(1, 101)}).with_columns(
    bucket=pl.col("customer_no") % 4
)


def test_a_small_book_is_taken_whole_and_of_a_large_one_always_the_same():
    assert fit_sample(BOOK, most=100)["customer_no"].to_list() == list(range(1, 101))
    some = fit_sample(BOOK, most=30)
    assert_frame_equal(fit_sample(BOOK.sample(fraction=1, shuffle=True, seed=1), most=30), some)
    assert set(fit_sample(BOOK, most=20)["customer_no"]) < set(some["customer_no"])
    assert some.height == 30


def test_whole_buckets_are_taken_so_that_others_need_not_be_read():
    # 25 customers a bucket: all of bucket 0, and five of bucket 1.
    sizes = fit_sample(BOOK, most=30).group_by("bucket").agg(pl.len()).sort("bucket")
    assert sizes.rows() == [(0, 25), (1, 5)]
