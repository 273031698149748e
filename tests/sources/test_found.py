import hashlib
from datetime import date

import pytest

from persona.errors import ExtractError, PolicyError
from persona.policy.source import Source
from persona.sources import digest, found
from persona.sources.found import fragment, names_a_day


def source(files, **rules):
    return Source.model_validate({"source": "x", "files": files, "into": "accounts", "columns": {}, **rules})


def days(root, one):
    return [(delivery.name, delivery.delivered_on) for delivery in found(one, root)]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "extracts" / "2026").mkdir(parents=True)
    for name in ("a_2026-03-31.csv", "a_2026-03-30.csv", "a_latest.csv", ".a_2026-03-29.csv", "b_202602.csv"):
        (tmp_path / "extracts" / name).write_text("x")
    (tmp_path / "extracts" / "2026" / "c_0331.csv").write_text("x")
    return tmp_path


def test_files_come_in_the_order_of_their_days(root):
    assert days(root, source("extracts/a_{date:%Y-%m-%d}.csv")) == [
        ("extracts/a_2026-03-30.csv", date(2026, 3, 30)),
        ("extracts/a_2026-03-31.csv", date(2026, 3, 31)),
    ]


def test_a_month_in_the_name_means_its_last_day_and_the_lag_comes_on_top(root):
    assert days(root, source("extracts/b_{date:%Y%m}.csv")) == [("extracts/b_202602.csv", date(2026, 2, 28))]
    assert days(root, source("extracts/b_{date:%Y%m}.csv", lag_days=3)) == [("extracts/b_202602.csv", date(2026, 3, 3))]


def test_a_star_is_any_text_and_the_day_is_then_given(root):
    assert days(root, source("extracts/*latest.csv", delivered_on=date(2026, 4, 1))) == [
        ("extracts/a_latest.csv", date(2026, 4, 1))
    ]


def test_a_date_may_be_spread_over_folder_and_name(root):
    spread = source("extracts/{date:%Y}/c_{date:%m%d}.csv")
    assert days(root, spread) == [("extracts/2026/c_0331.csv", date(2026, 3, 31))]


def test_two_dates_that_disagree_are_refused(root):
    (root / "extracts" / "2026" / "d_2025.csv").write_text("x")
    with pytest.raises(ExtractError, match="two dates that disagree"):
        found(source("extracts/{date:%Y}/d_{date:%Y}.csv"), root)


def test_a_day_that_is_none_is_refused_by_its_name(root):
    (root / "extracts" / "d_2026-02-30.csv").write_text("x")
    with pytest.raises(ExtractError, match=r"extracts/d_2026-02-30.csv: carries a day that is none"):
        found(source("extracts/d_{date:%Y-%m-%d}.csv"), root)


def test_a_pattern_without_a_day_needs_one(root):
    with pytest.raises(PolicyError, match="no day of delivery"):
        found(source("extracts/a_latest.csv"), root)


@pytest.mark.parametrize("files", ["../a_{date:%Y}.csv", "/etc/{date:%Y}", "extracts/../../x_{date:%Y}.csv"])
def test_no_pattern_leaves_the_workspace(root, files):
    with pytest.raises(PolicyError, match="leaves the workspace"):
        found(source(files), root)


def test_the_digest_is_of_the_bytes(root):
    assert digest(root / "extracts" / "a_latest.csv") == hashlib.sha256(b"x").hexdigest()


def test_what_comes_beside_a_delivery_carries_its_date(root):
    one = source("extracts/b_{date:%Y%m}.csv", lag_days=3)
    (delivery,) = found(one, root)
    assert fragment(one, "extracts/b_{date:%Y%m}.ctl", delivery.delivered_on) == "extracts/b_202602.ctl"


def test_a_name_tells_a_day_or_only_a_month():
    assert names_a_day(source("a_{date:%Y-%m-%d}.csv"))
    assert not names_a_day(source("a_{date:%Y%m}.csv"))


def test_a_star_may_stand_right_beside_the_day(root):
    assert days(root, source("extracts/a_{date:%Y-%m-%d}*.csv")) == days(root, source("extracts/a_{date:%Y-%m-%d}.csv"))
