import polars as pl
from polars.testing import assert_frame_equal

from persona.scores.sample import fit_sample

BOOK = pl.DataFrame({"customer_id": [f"K{i}" for i in range(100)], "customer_no": range(1, 101)})


def test_a_small_book_is_taken_whole_and_of_a_large_one_always_the_same():
    assert fit_sample(BOOK, most=100)["customer_no"].to_list() == list(range(1, 101))
    some = fit_sample(BOOK, most=30)
    assert_frame_equal(fit_sample(BOOK.sample(fraction=1, shuffle=True, seed=1), most=30), some)
    assert set(fit_sample(BOOK, most=20)["customer_no"]) < set(some["customer_no"])
    assert some.height == 30
