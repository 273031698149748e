"""Whatever is wrong with what comes in: it is told with its place and its exit code, and nothing is lost."""

import gzip
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from fakes import bank, nights

from persona.store.lock import Lock

DAY = bank.NEWEST + timedelta(days=1)
TODAY = "2026-07-01"


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Put one text for another in a file, which must have it."""

    def act(root: Path) -> None:
        path = root / name
        raw = path.read_bytes()
        content = gzip.decompress(raw) if name.endswith(".gz") else raw
        if old.encode("cp1252") not in content:
            raise LookupError(f"{old} is not in {name}")
        content = content.replace(old.encode("cp1252"), new.encode("cp1252"))
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)

    return act


def cut(name: str, keep: int | None = None) -> Callable[[Path], None]:
    """Keep the first bytes of a file, half of them where no number is given."""

    def act(root: Path) -> None:
        content = (root / name).read_bytes()
        (root / name).write_bytes(content[: len(content) // 2 if keep is None else keep])

    return act


def moved(name: str, to: str) -> Callable[[Path], None]:
    """Rename a file."""
    return lambda root: (root / name).rename(root / to) and None


@dataclass(frozen=True)
class Fault:
    """What is done to a bank, and what persona must say of it."""

    do: Callable[[Path], None]
    code: int
    says: tuple[str, ...]


CARDS, PEOPLE = f"extracts/cards_{DAY}.csv.gz", f"extracts/customers_{DAY}.csv"
EXTRACTS = {
    "truncated": Fault(cut(CARDS), 3, (CARDS, "is cut short")),
    "empty": Fault(cut(PEOPLE, 0), 3, (PEOPLE, "is empty")),
    "rows_that_are_missing": Fault(
        lambda root: bank.write(root / CARDS, gzip.compress(gzip.decompress((root / CARDS).read_bytes())[:-70])),
        3,
        (CARDS, f"cards_{DAY}.ctl announced", "Ask for the file again."),
    ),
    "renamed_column": Fault(
        replaced(PEOPLE, ";born;", ";born_on;"), 3, (PEOPLE, "column 'born' is missing", "born_on")
    ),
    "doubled_column": Fault(
        replaced(PEOPLE, ";born;", ";first;"), 3, (PEOPLE, "fields 3 and 5 of its header have one name")
    ),
    "wrong_encoding": Fault(
        lambda root: (root / PEOPLE).write_bytes((root / PEOPLE).read_bytes().decode("cp1252").encode("utf-16")),
        3,
        (PEOPLE, "is UTF-16"),
    ),
    "utf_8_instead_of_cp1252": Fault(
        lambda root: (root / PEOPLE).write_bytes((root / PEOPLE).read_bytes().decode("cp1252").encode()),
        3,
        (PEOPLE, "is UTF-8"),
    ),
    "wrong_day": Fault(
        lambda root: bank.cards(root, DAY, list(bank.purchases(date(2026, 7, 9), 1))),
        3,
        (CARDS, "booked_at is after its delivery in"),
    ),
    "an_old_file_under_a_new_day": Fault(
        lambda root: bank.cards(root, DAY, list(bank.purchases(date(2026, 4, 2), 1))), 3, (CARDS, "2026-04-02")
    ),
    "a_day_that_is_none": Fault(
        moved(CARDS, "extracts/cards_2026-02-30.csv.gz"), 3, ("cards_2026-02-30.csv.gz", "day")
    ),
    "a_control_that_disagrees": Fault(
        lambda root: (root / f"extracts/cards_{DAY}.ctl").write_text("rows=3\nsum=1.00\n"), 3, (CARDS, "rows")
    ),
    "no_control": Fault(lambda root: (root / f"extracts/cards_{DAY}.ctl").unlink(), 3, (f"cards_{DAY}.ctl",)),
    "binary": Fault(lambda root: (root / PEOPLE).write_bytes(bytes(range(256)) * 40), 3, (PEOPLE,)),
    "a_number_that_is_none": Fault(
        lambda root: bank.write(
            root / f"extracts/events_{DAY}.jsonl", b'{"id": "E1", "customer": "K001", "ts": "soon", "event": "login"}\n'
        ),
        3,
        (f"events_{DAY}.jsonl", "at is not", "1 of 1 rows"),
    ),
}
RULES = {
    "unknown_column": Fault(
        replaced("rules/segments/flyers.yaml", "purchases_365d_travel_air", "purchases_365d_travel_sea"),
        2,
        ("rules/segments/flyers.yaml:3:", "unknown column 'purchases_365d_travel_sea'", "Did you mean"),
    ),
    "unknown_segment": Fault(
        replaced("rules/offers/weekend.yaml", "purchases_365d_travel_air >= 1", "in_flyer"),
        2,
        ("rules/offers/weekend.yaml:", "unknown column 'in_flyer'", "Did you mean 'in_flyers'?"),
    ),
    "unknown_template": Fault(
        replaced("rules/offers/weekend.yaml", "template: weekend, cost_minor: 1", "template: weekends, cost_minor: 1"),
        2,
        ("rules/offers/weekend.yaml:", "weekends", "Did you mean 'weekend'?"),
    ),
    "unknown_channel": Fault(
        replaced("rules/offers/weekend.yaml", "channel: push", "channel: puhs"),
        2,
        ("rules/offers/weekend.yaml:", "puhs", "push"),
    ),
    "unknown_group": Fault(
        replaced("rules/offers/weekend.yaml", "group: travel", "group: travle"),
        2,
        ("rules/offers/weekend.yaml:", "unknown group 'travle'", "Did you mean 'travel'?"),
    ),
    "unknown_offer_in_a_limit": Fault(
        replaced("rules/contact.yaml", "offers: [rest]", "offers: [rests]"),
        2,
        ("rules/contact.yaml:", "unknown offer 'rests'", "Did you mean 'rest'?"),
    ),
    "unknown_key": Fault(
        replaced("rules/contact.yaml", "max: 1, days: 3", "max: 1, dais: 3"),
        2,
        ("rules/contact.yaml:2:", "dais", "days"),
    ),
    "unknown_block": Fault(
        replaced("templates/email/rest.yaml", "include 'foot'", "include 'food'"),
        2,
        ("templates/email/rest.yaml:", "food", "foot"),
    ),
    "unknown_affinity": Fault(
        replaced("rules/offers/weekend.yaml", "affinity: travel", "affinity: travels"),
        2,
        ("rules/offers/weekend.yaml:", "unknown category 'travels'", "Did you mean 'travel'?"),
    ),
    "constraints_over_the_book": Fault(
        lambda root: bank.write(
            root / "rules/constraints.yaml",
            b"constraints:\n  - {id: campaign, sum: 1, where: offer_id = 'tips', min: 900}\n",
        ),
        2,
        (
            "rules/constraints.yaml:2:",
            "no plan can keep min of campaign tonight",
            "The smallest change that mends it: min of campaign 900 -> ",
        ),
    ),
    "edited_template": Fault(
        replaced("templates/email/weekend.yaml", "A weekend away", "A week away"),
        5,
        (
            "templates/email/weekend.yaml: template 'email/weekend' was edited after its approval",
            "persona approve template:email/weekend",
        ),
    ),
    "edited_block": Fault(
        replaced("templates/blocks/foot.yaml", "1 Small Street", "2 Small Street"),
        5,
        ("templates/blocks/foot.yaml: block 'foot' was edited", "persona approve block:foot"),
    ),
    "edited_offer": Fault(
        replaced("rules/offers/tips.yaml", 'worth: "100"', 'worth: "200"'),
        5,
        ("rules/offers/tips.yaml: offer 'tips' was edited", "persona approve offer:tips"),
    ),
    "edited_rule": Fault(
        replaced("rules/compliance/bank.yaml", "forbids: [act now]", "forbids: [acting now]"),
        5,
        ("rules/compliance/bank.yaml:2:", "rule 'no_pressure' was edited", "persona approve rule:no_pressure"),
    ),
    "no_approvals": Fault(
        lambda root: (root / "approvals.yaml").unlink(),
        5,
        ("templates/sms/saver.yaml: template 'sms/saver' has no approval", "12 approvals missing"),
    ),
    "wrong_key": Fault(lambda _: None, 2, ("PERSONA_VAULT_KEY", "it is the key of another vault")),
}


def refused(root: Path, *argv: str, env: dict[str, str] | None = None) -> nights.Ended:
    """What came of a run that must leave everything of the night before as it was."""
    books = nights.expected_books()
    ended = nights.persona(root, "run", *argv, env=env or {})
    assert nights.published(root) == nights.expected_files()
    after = nights.ledger(root)
    assert [books[name] for name in ("contacts", "runs", "arms")] == [
        after[name] for name in ("contacts", "runs", "arms")
    ]
    assert "Traceback" not in ended.err
    assert ended.out == ""
    return ended


@pytest.mark.parametrize("name", EXTRACTS)
def test_a_bad_extract_stops_the_night_and_costs_nothing_of_the_one_before(after, name):
    fault = EXTRACTS[name]
    bank.deliver(after, DAY, days=1)
    fault.do(after)
    ended = refused(after)
    assert (ended.code, [says for says in fault.says if says not in ended.err]) == (fault.code, []), ended.err
    assert "canary" not in ended.err


@pytest.mark.parametrize("name", ["truncated", "renamed_column", "a_number_that_is_none"])
def test_the_night_goes_on_when_the_extract_comes_again_as_it_should(after, name):
    bank.deliver(after, DAY, days=1)
    EXTRACTS[name].do(after)
    assert nights.persona(after, "run").code == 3
    bank.deliver(after, DAY, days=1)
    assert nights.persona(after, "run", "--quiet").code == 0
    assert len(nights.ledger(after)["runs"]) == 2


@pytest.mark.parametrize("name", RULES)
def test_a_bad_rule_stops_the_night_and_costs_nothing_of_the_one_before(after, name):
    fault = RULES[name]
    bank.deliver(after, DAY, days=1)
    fault.do(after)
    ended = refused(after, env={"PERSONA_VAULT_KEY": "cd" * 32} if name == "wrong_key" else None)
    assert (ended.code, [says for says in fault.says if says not in ended.err]) == (fault.code, []), ended.err


def test_a_missing_extract_names_the_pattern(fresh):
    for path in (fresh / "extracts").glob("stops_*"):
        path.unlink()
    ended = nights.persona(fresh, "run")
    assert ended.code == 3
    assert "source stops: no file fits extracts/stops_{date:%Y-%m-%d}.csv" in ended.err
    assert "Deliver the extract, or change `files` in rules/sources/stops.yaml." in ended.err
    assert nights.published(fresh) == {}


def test_the_same_bytes_under_another_name_change_nothing(after):
    origin = after / f"extracts/cards_{bank.NEWEST}.csv.gz"
    bank.write(after / f"extracts/cards_{TODAY}.csv.gz", origin.read_bytes())
    bank.write(after / f"extracts/cards_{TODAY}.ctl", origin.with_name(f"cards_{bank.NEWEST}.ctl").read_bytes())
    books, files = nights.ledger(after), nights.published(after)
    ended = nights.persona(after, "run")
    assert (ended.code, ended.err) == (0, "")
    assert (nights.ledger(after), nights.published(after)) == (books, files)


def test_other_bytes_under_the_same_name_take_the_place_of_the_old_rows(after):
    rows = [{**row, "amount": "1.00"} for row in bank.purchases(bank.NEWEST, 30)]
    bank.cards(after, bank.NEWEST, rows)
    again = nights.persona(after, "load", "--json").json["sources"]
    assert [(row["replaced"], row["new"]) for row in again if row["source"] == "cards"] == [(1, 0)]
    assert nights.persona(after, "run").code == 2
    assert nights.persona(after, "run", "--replace", "--quiet").code == 0


def test_a_list_that_goes_back_to_what_it_was_is_believed(fresh):
    stops = [fresh / f"extracts/stops_{day}.csv" for day in ("2026-05-31", str(bank.NEWEST), TODAY)]
    bank.write(stops[2], stops[0].read_bytes())
    assert nights.persona(fresh, "load", "--quiet").code == 0
    assert nights.persona(fresh, "audit", "--json", "--as-of", "2026-07-02").json["tables"][-1]["rows"] == (
        len(stops[2].read_text().splitlines()) - 1
    )


def test_a_list_in_two_files_a_day_is_taken_in_once(fresh):
    replaced("rules/sources/stops.yaml", "stops_{date:%Y-%m-%d}.csv", "stops_{date:%Y-%m-%d}*.csv")(fresh)
    for path in list((fresh / "extracts").glob("stops_*.csv")):
        head, *rows = path.read_text().splitlines(keepends=True)
        path.write_text("".join([head, *rows[1:]]))
        path.with_name(f"{path.stem}_north.csv").write_text(head + rows[0])
    first, again = (nights.persona(fresh, "load", "--json").json["sources"] for _ in range(2))
    assert [(row["new"], row["replaced"], row["known"]) for row in first if row["source"] == "stops"] == [(4, 0, 0)]
    assert [(row["new"], row["replaced"], row["known"]) for row in again if row["source"] == "stops"] == [(0, 0, 4)]


def test_an_offer_that_has_ended_is_decided_for_nobody_and_needs_no_approval(fresh):
    replaced("rules/offers/weekend.yaml", "until: 2026-12-01", "until: 2026-06-30")(fresh)
    said = nights.persona(fresh, "run", "--json")
    assert said.code == 0
    assert {row["offer_id"] for row in said.json["decisions"]} >= {"saver", "tips"}
    assert "weekend" not in {row["offer_id"] for row in said.json["decisions"]}
    assert "not valid on the day" in nights.persona(fresh, "explain", "K001", "--offer", "weekend").out
    assert "offer 'weekend' ended on 2026-06-30" in nights.persona(fresh, "status").out


def test_a_held_workspace_is_left_alone(after):
    before, books = nights.tree(after, "state", "out", "delivery"), nights.ledger(after)
    lock = Lock(after / "state/LOCK")
    held = nights.tree(after, "state", "out", "delivery")
    ended = [nights.persona(after, *argv) for argv in (("run",), ("load",), ("decide",), ("status",))]
    assert nights.tree(after, "state", "out", "delivery") == held
    lock.release()
    assert [one.code for one in ended] == [75, 75, 75, 0]
    assert f"Process {os.getpid()} holds the workspace" in ended[3].out
    assert "another run holds the workspace (process " in ended[0].err
    assert "Nothing was changed." in ended[0].err
    assert nights.ledger(after) == books
    assert {name for name in before if before[name] != held[name]} <= {"state/LOCK", "state/persona.duckdb"}
