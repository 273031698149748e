import pytest
from fakes.extracts import booking, files, load, rows, source

from persona.errors import WriteError

CARDS = source("cards", "transactions")
BOOKED = rows("transactions", booking("t1", "2026-01-05", customer_id="A"))
STRAYS = (
    "state/facts/transactions/2026-01/00000009_beef.parquet",
    "state/facts/transactions/2026-01/00000001_cafe.parquet.aside",
    "state/features/g1/attributes/0000.parquet",
    "state/evidence/r1/decisions_ab.parquet",
    "state/work/import_1.parquet",
    "state/work/r1/spill/a.tmp",
    "out/.tmp-r1/email/a.csv",
)


def test_what_a_kill_left_is_gone_and_what_the_catalog_knows_stays(opened, tmp_path):
    store = opened()
    load(store, CARDS, BOOKED, "2026-01-31")
    store.close()
    before = set(files(tmp_path))
    for name in STRAYS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"half")
    opened()
    assert set(files(tmp_path)) == before
    assert not (tmp_path / "out/.tmp-r1").exists()
    assert not (tmp_path / "state/features/g1").exists()


def test_what_was_published_is_never_touched(opened, tmp_path):
    (tmp_path / "out/r1/email").mkdir(parents=True)
    (tmp_path / "out/r1/email/a.csv").write_bytes(b"whole")
    opened()
    assert (tmp_path / "out/r1/email/a.csv").read_bytes() == b"whole"


def test_the_parts_before_those_that_were_replaced_lie_there_until_the_next_start(opened, tmp_path):
    store = opened()
    load(store, CARDS, BOOKED, "2026-01-31")
    load(store, CARDS, BOOKED, "2026-01-31", text="changed")
    load(store, CARDS, BOOKED, "2026-01-31", text="changed again")
    assert len(files(tmp_path / "state/facts")) == 3
    store.close()
    opened()
    assert len(files(tmp_path / "state/facts")) == 2


def test_a_part_that_somebody_took_away_is_told_before_anything_is_computed_without_it(opened, tmp_path):
    store = opened()
    load(store, CARDS, BOOKED, "2026-01-31")
    store.close()
    part = next((tmp_path / "state/facts").rglob("*.parquet"))
    whole = part.read_bytes()
    part.unlink()
    with pytest.raises(WriteError, match="1 of 1 parts are missing"):
        opened()
    part.write_bytes(whole)
    assert opened().scan("transactions").collect().height == 1
