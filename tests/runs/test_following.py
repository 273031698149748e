"""The state that nights follow from one another: appended, corrected or replayed, it is the one made at once."""

from datetime import timedelta

import polars as pl
import pytest
from fakes import bank, nights
from polars.testing import assert_frame_equal

from persona.runs import following
from persona.runs.night import until
from persona.runs.run import run

DAY = timedelta(days=1)
NEXT, LAST = bank.NEWEST + DAY, bank.NEWEST + 2 * DAY
TABLES = ("state", "streams", "life", "at_regular_shops")
LATE = {"ref": "LATE1", "customer": "K003", "at": "2026-06-02T09:00:00", "amount": "12.00", "code": "5411"}


def night(root, *argv):
    ended = nights.persona(root, "run", "--quiet", *argv)
    assert (ended.code, ended.err) == (0, "")
    return root


def tables(root):
    """The state and streams of the newest night."""
    with nights.opened(root) as store:
        made = store.run(store.runs()["run_id"][-1]).generations
        return {name: store.stage(name, made[name]) for name in TABLES}


def assert_same(root, other):
    theirs = tables(other)
    assert tables(root)["state"].height >= bank.CUSTOMERS
    for name, frame in tables(root).items():
        assert_frame_equal(frame, theirs[name], check_exact=True)


def late(root, *rows, day=NEXT):
    """The purchases of a day, and some of days before that come with them."""
    told = [LATE | {"card": "4929000011112003", "merchant": "Corner Shop"} | row for row in rows]
    bank.deliver(root, day, days=1)
    bank.cards(root, day, [*bank.purchases(day, 1), *told])


@pytest.fixture
def at_once(fresh):
    """A bank that loads all that it is given in one night."""
    return fresh


def folded_anew(root, monkeypatch):
    """The customers whom the next night folds anew."""
    found = []
    fold = following.signals.folded
    monkeypatch.setenv("PERSONA_VAULT_KEY", nights.KEY["PERSONA_VAULT_KEY"])
    monkeypatch.setattr(
        following.signals,
        "folded",
        lambda customers, *rest, **more: found.extend(customers) or fold(customers, *rest, **more),
    )
    run(root, as_of=None, progress=lambda *_: None)
    return sorted(map(int, found))


def number(root, customer_id):
    with nights.opened(root) as store:
        return store.crosswalk().filter(pl.col("customer_id") == customer_id)["customer_no"].item()


def test_two_nights_later_the_state_is_that_of_one_night_for_all(after, at_once):
    for day in (NEXT, LAST):
        bank.deliver(after, day, days=1)
        night(after)
        bank.deliver(at_once, day, days=1)
    assert_same(after, night(at_once))


def test_a_day_that_only_adds_folds_nobody_anew(after, monkeypatch):
    bank.deliver(after, NEXT, days=1)
    assert folded_anew(after, monkeypatch) == []


def test_rows_that_come_late_fold_their_customers_anew_and_nobody_else(after, at_once, monkeypatch):
    for root in (after, at_once):
        late(root, {}, {"ref": "LATE2", "customer": "K005"})
    assert folded_anew(after, monkeypatch) == sorted(number(after, who) for who in ("K003", "K005"))
    assert_same(after, night(at_once))


def test_a_delivery_that_comes_again_corrected_folds_those_whose_rows_are_others(after, at_once, monkeypatch):
    rows = list(bank.purchases(bank.NEWEST, 30))
    gone, dearer = rows[3]["customer"], rows[40]["customer"]
    right = [row | ({"amount": "99.00"} if row is rows[40] else {}) for row in rows if row is not rows[3]]
    for root in (after, at_once):
        bank.cards(root, bank.NEWEST, right)
        bank.deliver(root, NEXT, days=1)
    assert folded_anew(after, monkeypatch) == sorted({number(after, who) for who in (gone, dearer)})
    assert_same(after, night(at_once))


def test_a_delivery_that_is_taken_out_folds_those_who_were_in_it(after, at_once, monkeypatch):
    late(after, {})
    night(after)
    assert nights.persona(after, "unload", f"extracts/cards_{NEXT}.csv.gz", "--quiet").code == 0
    for root in (after, at_once):
        bank.deliver(root, LAST, days=1)
    for name in ("customers", "consents", "stops"):
        content = (after / f"extracts/{name}_{NEXT}.csv").read_bytes()
        bank.write(at_once / f"extracts/{name}_{NEXT}.csv", content)
    bank.write(at_once / f"extracts/events_{NEXT}.jsonl", (after / f"extracts/events_{NEXT}.jsonl").read_bytes())
    inside = {row["customer"] for row in bank.purchases(NEXT, 1)} | {"K003"}
    assert folded_anew(after, monkeypatch) == sorted(number(after, who) for who in inside)
    assert_same(after, night(at_once))


def test_a_night_of_an_earlier_day_never_reads_the_state_of_a_later_one(after, at_once, monkeypatch):
    monkeypatch.setenv("PERSONA_VAULT_KEY", nights.KEY["PERSONA_VAULT_KEY"])
    bank.deliver(after, NEXT, days=1)
    night(after)
    made = []
    for root in (after, at_once):
        with until(root, "signals", as_of="2026-06-20", progress=lambda *_: None) as (past, _):
            made.append({name: past.table(name) for name in (*TABLES, "signals")})
    for name, frame in made[0].items():
        assert_frame_equal(frame, made[1][name], check_exact=True)


def test_another_category_in_the_rules_folds_everybody_anew_and_leaves_no_lines_of_before(after, at_once, monkeypatch):
    for root in (after, at_once):
        rules = root / "rules/categories.yaml"
        rules.write_text(rules.read_text() + '  pets: {name: {en: Pets}, mcc: ["5995"]}\n')
        bank.deliver(root, NEXT, days=1)
    former = {path.parent for path in (after / "state/rolled").rglob("*.parquet")}
    assert len(folded_anew(after, monkeypatch)) == bank.CUSTOMERS
    assert_same(after, night(at_once))
    assert former.isdisjoint(path.parent for path in (after / "state/rolled").rglob("*.parquet"))


def test_what_is_kept_of_a_persons_bookings_goes_with_him(after):
    lines = sorted((after / "state/rolled").rglob("*.parquet"))
    his = number(after, "K003")
    assert his in pl.read_parquet(lines)["customer_no"]
    assert nights.persona(after, "customer", "erase", "K003", "--yes", "--quiet").code == 0
    left = sorted((after / "state/rolled").rglob("*.parquet"))
    assert not left or his not in pl.read_parquet(left)["customer_no"]


def test_files_of_lines_that_nothing_refers_to_are_swept(after):
    folder = next((after / "state/rolled").iterdir())
    for stray in ("0123456789abcdef.parquet", "0123456789abcdef.parquet.aside"):
        (folder / stray).write_bytes(b"half")
    kept = {path.name for path in folder.iterdir()} - {"0123456789abcdef.parquet", "0123456789abcdef.parquet.aside"}
    with nights.opened(after):
        assert {path.name for path in folder.iterdir()} == kept
