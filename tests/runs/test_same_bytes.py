"""The same inputs give the same bytes, whatever the machine is set to and however the rows lie."""

import csv

import polars as pl
import pytest
from fakes import bank, nights

SETTINGS = {
    "one_thread_in_auckland": {
        "POLARS_MAX_THREADS": "1",
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "0",
    },
    "two_threads_in_new_york": {
        "POLARS_MAX_THREADS": "2",
        "TZ": "America/New_York",
        "LC_ALL": "tr_TR.UTF-8",
        "LANG": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "1",
    },
    "four_threads_in_apia": {
        "POLARS_MAX_THREADS": "4",
        "OMP_NUM_THREADS": "4",
        "TZ": "Pacific/Apia",
        "LC_ALL": "de_DE.UTF-8",
        "PYTHONHASHSEED": "4711",
        "PYTHONUTF8": "0",
    },
}
FAST = "one_thread_in_auckland"


@pytest.mark.parametrize(
    "setting", [pytest.param(name, marks=() if name == FAST else pytest.mark.slow) for name in SETTINGS]
)
def test_threads_zone_locale_and_hash_seed_mean_nothing(fresh, setting):
    done = nights.alone(fresh, "run", "--quiet", env=SETTINGS[setting])
    assert (done.returncode, done.stderr) == (0, "")
    assert nights.published(fresh) == nights.expected_files()
    assert nights.tree(fresh, "state/facts") == nights.tree(nights.reference(), "state/facts")


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_the_order_of_the_rows_of_the_extracts_means_nothing(fresh, seed):
    before = nights.tree(fresh, "extracts")
    bank.shuffled(fresh, seed)
    assert [name for name, content in nights.tree(fresh, "extracts").items() if content != before[name]][4:]
    assert nights.persona(fresh, "run", "--quiet").code == 0
    assert nights.published(fresh) == nights.expected_files()
    assert nights.tree(fresh, "state/facts") == nights.tree(nights.reference(), "state/facts")


def test_the_clock_of_the_machine_means_nothing(fresh):
    assert nights.persona(fresh, "run", "--quiet", "--as-of", "2026-07-01", now="2031-02-28T23:59:59+00:00").code == 0
    assert nights.published(fresh) == nights.expected_files()


def told(root, name):
    """A table of the newest run without its run's name."""
    with nights.opened(root) as store:
        return store.evidence(store.runs()["run_id"][-1], name).drop("run_id", strict=False).collect()


@pytest.mark.parametrize(("rows", "least"), [(250, 2), pytest.param(40, 10, marks=pytest.mark.slow)])
def test_the_size_of_a_batch_means_nothing(fresh, rows, least):
    rules = fresh / "persona.yaml"
    rules.write_text(rules.read_text().replace("rows_per_batch: 2000000", f"rows_per_batch: {rows}"))
    assert nights.persona(fresh, "run", "--quiet").code == 0
    assert nights.published(fresh) == nights.expected_files()
    with nights.opened(fresh) as store:
        pieces = store.catalog.one("SELECT count(*) FROM stages WHERE table_name = 'decisions'")
    assert pieces >= least


def test_stage_by_stage_or_in_one_go_it_is_the_same_night(fresh):
    for command in ("load", "segment", "score", "decide", "render", "deliver"):
        ended = nights.persona(fresh, command, "--quiet")
        assert (command, ended.code, ended.err) == (command, 0, "")
    assert nights.published(fresh) == nights.expected_files()
    assert nights.ledger(fresh) == nights.expected_books()


def test_the_customers_of_the_reference_night_have_reasons_of_many_kinds():
    reasons = told(nights.reference(), "decisions").group_by("reason").agg(pl.len()).sort("reason")["reason"].to_list()
    assert set(reasons) >= {"A", "C", "E", "H", "O", "X"}


NAMES = ("message_id", "run_id", "tracking_code")
"""What a message is called; all else is what it says, to whom, and when."""


def said(root):
    """What the messages of the newest night say, by channel; the order of the rows and their names left out."""
    found = {}
    for path in sorted((root / "out/latest/").rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = [tuple((k, v) for k, v in row.items() if k not in NAMES) for row in csv.DictReader(file)]
        found[path.parent.name] = sorted(rows)
    return found


def test_an_extract_that_came_late_changes_the_names_of_the_messages_and_nothing_that_they_say(fresh):
    late = {path: path.read_bytes() for path in (fresh / "extracts").glob("customers_*")}
    for path in late:
        path.unlink()
    assert nights.persona(fresh, "load", "--quiet").code == 3
    for path, content in late.items():
        path.write_bytes(content)
    assert nights.persona(fresh, "run", "--quiet").code == 0
    assert sum(map(len, said(fresh).values())) > 10
    assert said(fresh) == said(nights.reference())
