"""A process that dies at the n-th thing that a disk sees, and what is found afterwards.

    python tests/fakes/killed.py FOLDER [first|again] [STEP]

One process imports everything and forks: a child does the scenario and dies at its n-th write, another opens what is
left and tells what it sees, then does the scenario to its end. One JSON object a point of death goes to stdout.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from datetime import datetime
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes.extracts import booking, customer, holder, load, rows, source, workspace

from persona.store import Store, durable, vault
from persona.store.catalog import Catalog
from persona.store.contacts import SCHEMA as CONTACTS
from persona.store.deliveries import KEPT

CORE = source("core", "customers", delivery="snapshot")
CARDS = source("cards", "transactions")
HOLDERS = source("holders", "account_holders", delivery="snapshot")
FIRST = rows(
    "transactions",
    booking("t1", "2026-01-05", customer_id="A"),
    booking("t2", "2026-02-05", account_id="ACC"),
)
CHANGED = rows(
    "transactions", booking("t1", "2026-01-05", customer_id="A"), booking("t3", "2026-03-05", customer_id="C")
)


def first(root: Path) -> None:
    """A new workspace, its customers and its first file."""
    with Store.open(root, workspace()) as store:
        load(store, CORE, rows("customers", customer("A", email="a@example.com"), customer("B")), "2026-01-31")
        load(store, CARDS, FIRST, "2026-01-31")


def again(root: Path) -> None:
    """The file again, changed; then the holder of an account, whose rows move."""
    with Store.open(root, workspace()) as store:
        load(store, CARDS, CHANGED, "2026-01-31", text="changed")
        load(store, CARDS, FIRST.tail(1), "2026-02-28")
        load(store, HOLDERS, rows("account_holders", holder("ACC", "B")), "2026-02-28")
        store.relink()


def night(root: Path) -> None:
    """A night that makes a table, plans two contacts, writes them and ends."""
    at = datetime.fromisoformat("2026-02-01")
    wanted = pl.DataFrame([wish(number, at) for number in (1, 2)], schema=CONTACTS)
    with Store.open(root, workspace()) as store:
        store.begin_run("r1", at, {"policy": "p"})
        if not store.has("attributes", "g1"):
            store.keep("attributes", "g1", [pl.DataFrame({"customer_no": [1]}), pl.DataFrame({"customer_no": [2]})])
        store.plan("r1", wanted, frames={"decisions": pl.DataFrame({"customer_id": ["A", "B"]})})
        store.set_status("r1", "written")
        store.finish_run("r1", {"messages": 2})


def wish(customer_no: int, at: datetime) -> dict[str, object]:
    """A contact that a night wants."""
    said = {"offer_id": "travel", "campaign_id": "travel", "channel": "email", "class": "marketing", "occasion": "once"}
    own = {"customer_no": customer_no, "at": at, "message_id": f"m{customer_no}"}
    return {name: {**said, **own}.get(name) for name in CONTACTS}


SCENARIOS = {"first": first, "again": again, "night": night}


def seen(root: Path) -> dict[str, object]:
    """What a reader finds: rows, files on the disk that are no part, and the person in the vault."""
    with Store.open(root, workspace()) as store:
        facts = store.scan("transactions").select("txn_id", "customer_no", "delivery_no").collect()
        paths = store.catalog.run(f"SELECT path FROM parts UNION SELECT path FROM {KEPT}")
        known = {str(store.state / path) for (path,) in paths}
        there = {str(path) for path in (root / "state/facts").rglob("*") if path.is_file()}
        return {
            "facts": sorted(map(list, facts.rows()), key=str),
            "customers": store.crosswalk()["customer_id"].to_list(),
            "strays": len(there - known),
            "lost": len(known - there),
            "view": store.catalog.one("SELECT count(*) FROM transactions"),
            "contacts": list(map(list, store.contacts().select("customer_no", "status").rows())),
            "is_kept": is_kept(store),
            "runs": list(map(list, store.runs().select("run_id", "status").rows())),
            "audit": store.audit_head(),
            "email": store.vault.reveal(store.crosswalk()["customer_id"].head(1))["email"].to_list(),
        }


def is_kept(store: Store) -> bool:
    """Whether the night's table and decisions can be read."""
    if not store.has("attributes", "g1") or not store.catalog.one("SELECT count(*) FROM evidence"):
        return False
    decided = store.evidence("r1", "decisions").collect()["customer_id"].to_list()
    return store.stage("attributes", "g1")["customer_no"].to_list() == [1, 2] and decided == ["A", "B"]


def dies_at(number: int) -> list[int]:
    """Count what the disk sees and die at one of them, half of the time before it is done and half after."""
    count = [0]

    def counted(act):
        def act_or_die(*args, **kwargs):
            count[0] += 1
            if count[0] == number and number % 2:
                os._exit(9)
            result = act(*args, **kwargs)
            if count[0] == number:
                os._exit(9)
            return result

        return act_or_die

    for name in ("fsync", "replace"):
        setattr(os, name, counted(getattr(os, name)))
    Catalog.run = counted(Catalog.run)
    Catalog.insert = counted(Catalog.insert)
    durable.removed = counted(durable.removed)
    vault.Vault._put_batch = counted(vault.Vault._put_batch)
    connect = sqlite3.connect

    def counted_connect(*args, **kwargs):
        counted(lambda: None)()
        return connect(*args, **kwargs)

    sqlite3.connect = counted_connect
    return count


def forked(act) -> tuple[int, str]:
    """The exit code of a child and what it wrote."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 1
        try:
            os.write(writing, json.dumps(act()).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), told


def main(folder: Path, name: str, step: int) -> None:
    scenario = SCENARIOS[name]
    base, root = folder / "base", folder / "bank"
    base.mkdir(parents=True)
    if name != "first":
        forked(lambda: first(base))

    def fresh() -> None:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(base, root)

    def told(act) -> object:
        code, text = forked(act)
        return json.loads(text) if code == 0 else f"exit {code}"

    fresh()
    before = told(lambda: seen(root))
    fresh()
    points = told(lambda: [count := dies_at(0), scenario(root), count[0]][2])
    after = told(lambda: seen(root))
    print(json.dumps({"before": before, "after": after, "points": points}))  # noqa: T201 - its result
    for number in range(1, int(points) + 1, step):
        fresh()
        code, _ = forked(lambda at=number: [dies_at(at), scenario(root)][1])
        left = told(lambda: seen(root))
        forked(lambda: scenario(root))
        print(json.dumps({"point": number, "code": code, "left": left, "resumed": told(lambda: seen(root))}))  # noqa: T201 - the same


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
