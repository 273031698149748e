import polars as pl
import pytest

from persona.buckets import hashed
from persona.scores.proxies import proxy

IDS = pl.Series([f"K{n:04d}" for n in range(2_000)])
COIN = pl.Series([hashed("coin", name) % 2 for name in IDS])
NOISE = pl.Series([hashed("noise", name) % 100 for name in IDS])
GROUPS = pl.Series([("old", "young")[one] for one in COIN])


def _told(groups=GROUPS, least=30, **columns):
    return proxy(pl.DataFrame(columns), groups, IDS, least=least)


def test_columns_that_know_nothing_of_a_group_tell_it_from_others_by_chance_alone():
    (one,) = _told(noise=NOISE)
    assert one.auc == pytest.approx(0.5, abs=0.05)


def test_a_column_that_is_the_group_itself_tells_it_always():
    (one,) = _told(noise=NOISE, coin=COIN)
    assert (one.auc, one.strongest[0][0]) == (pytest.approx(1.0, abs=0.01), "coin")


def test_a_column_that_says_the_same_only_at_both_ends_is_seen_too():
    (one,) = _told(
        spend=pl.Series([50 if coin else (0, 100)[noise % 2] for coin, noise in zip(COIN, NOISE, strict=True)])
    )
    assert one.auc == pytest.approx(1.0, abs=0.01)


def test_words_and_what_is_not_known_can_stand_in_for_a_group():
    words = pl.Series(["north" if coin else "south" for coin in COIN])
    gaps = pl.Series([None if coin else 5 for coin in COIN], dtype=pl.Int64)
    assert _told(place=words)[0].auc == 1.0
    assert _told(gap=gaps)[0].auc == 1.0


def test_a_group_of_too_few_is_counted_and_not_measured():
    groups = pl.Series(["few"] * 20 + ["many"] * 1_980)
    (one,) = _told(groups=groups, noise=NOISE)
    assert (one.group, one.auc, one.strongest) == ("few", None, ())


def test_of_two_groups_the_smaller_is_told_and_of_three_each():
    assert [one.group for one in _told(groups=pl.Series(["a"] * 900 + ["b"] * 1_100), noise=NOISE)] == ["a"]
    three = pl.Series(["a"] * 600 + ["b"] * 700 + ["c"] * 700)
    assert [one.group for one in _told(groups=three, noise=NOISE)] == ["a", "b", "c"]


def test_who_is_in_no_group_is_neither_learnt_from_nor_tested():
    groups = pl.Series([None if noise > 50 else label for noise, label in zip(NOISE, GROUPS, strict=True)])
    assert _told(groups=groups, coin=COIN)[0].customers < _told(coin=COIN)[0].customers


def test_the_order_of_rows_means_nothing():
    order = sorted(range(len(IDS)), key=lambda n: hashed("order", IDS[n]))
    columns = pl.DataFrame({"noise": NOISE, "half": (NOISE + COIN * 40)})
    assert proxy(columns[order], GROUPS[order], IDS[order], least=30) == proxy(columns, GROUPS, IDS, least=30)
