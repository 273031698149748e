"""What names, reaches or locates a person is in the vault and in the files that leave, and nowhere else."""

import json
import re
from pathlib import Path

import polars as pl
import pytest
from fakes import bank, nights
from fakes.searched import texts_of

CANARIES = {
    "first name": "nnchen0",
    "last name": "Quickenborn",
    "e-mail": "canary.example.org",
    "phone": "491713920",
    "push token": "apptoken-",
    "card": "4929000011112",
}
VERBS = (
    ("validate",),
    ("load",),
    ("audit",),
    ("segment",),
    ("score",),
    ("decide",),
    ("render",),
    ("review",),
    ("deliver",),
    ("run",),
    ("explain", "K001"),
    ("explain", "K012", "--json"),
    ("status",),
    ("audit", "--json"),
    ("run", "--json"),
)


def forms(canary: str) -> list[bytes]:
    """How a text can lie in a file without being hidden."""
    return [canary.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]


def leaks(root: Path, *parts: str) -> list[str]:
    """Every file below some parts that holds a canary, and which."""
    files = [path for part in parts for path in (root / part).rglob("*") if path.is_file() and not path.is_symlink()]
    found = []
    for path in files:
        for name, canary in CANARIES.items():
            if any(form in text for text in texts_of(path) for form in forms(canary)):
                found.append(f"{path.relative_to(root)}: {name}")
    return found


def test_the_canaries_are_in_every_extract_that_should_carry_them(fresh):
    assert {leak.split(": ")[1] for leak in leaks(fresh, "extracts")} == set(CANARIES)


def test_after_a_night_nothing_in_the_state_holds_a_person_in_clear(after):
    assert leaks(after, "state") == []


def test_only_contact_columns_and_the_text_of_messages_hold_persons(after):
    assert {leak.split("/")[0] for leak in leaks(after, "out", "delivery")} == {"out", "delivery"}
    assert [leak for leak in leaks(after, "out") if "MANIFEST" in leak or "card" in leak] == []
    (mails,) = (after / "delivery/mailer").iterdir()
    for line in mails.read_text().splitlines():
        told = {name for name, value in json.loads(line).items() if any(c in str(value) for c in CANARIES.values())}
        assert told <= {"email", "subject", "preheader", "html", "text"}


def test_a_person_of_whom_no_message_is_written_is_in_no_file(after):
    with nights.opened(after) as store:
        told = store.contacts().filter(pl.col("status") == "handed_off")["customer_no"].to_list()
        silent = store.crosswalk().filter(~pl.col("customer_no").is_in(told))["customer_id"].to_list()
    files = b"".join(nights.published(after).values())
    numbers = [re.sub(r"\D", "", customer_id) for customer_id in silent]
    assert len(numbers) > 10
    assert [number for number in numbers if f"person{number}@".encode() in files] == []
    assert [number for number in numbers if f"Quickenborn{number}".encode() in files] == []


@pytest.mark.parametrize(
    "place", [0.3, 0.88, pytest.param(0.1, marks=pytest.mark.slow), pytest.param(0.6, marks=pytest.mark.slow)]
)
def test_a_killed_night_leaves_nobody_in_clear_behind(fresh, place):
    assert nights.persona(fresh, "run", dies_at=round(nights.acts() * place)).code == nights.KILLED
    assert leaks(fresh, "state") == []


def test_no_command_tells_who_a_customer_is(fresh):
    for argv in VERBS:
        ended = nights.persona(fresh, *argv)
        assert (argv, ended.code) == (argv, 0)
        shown = ended.out + ended.err
        assert (argv, [name for name, canary in CANARIES.items() if canary in shown]) == (argv, [])


def cramped(root, tmp_path):
    """A bank that may take little memory, and the environment in which whatever spills has one place to go to."""
    path = root / "persona.yaml"
    path.write_text(path.read_text().replace("memory_gb: 1,", "memory_gb: 0.26,"))
    assert "memory_gb: 0.26," in path.read_text()
    spills = tmp_path / "spills"
    spills.mkdir()
    polars = {"POLARS_OOC_MEMORY_BUDGET_MB": "1", "POLARS_OOC_SPILL_MIN_BYTES": "1"}
    return spills, {"TMPDIR": str(spills), "POLARS_TEMP_DIR": str(spills), **polars}


def test_with_little_memory_nothing_that_spills_names_anybody(fresh, tmp_path):
    spills, room = cramped(fresh, tmp_path)
    done = nights.alone(fresh, "run", "--quiet", env=room)
    assert done.returncode == 0, done.stderr
    assert leaks(fresh, "state", ".tmp") == leaks(spills, ".") == []


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_with_little_memory_and_killed_neither(fresh, tmp_path, place):
    spills, room = cramped(fresh, tmp_path)
    assert nights.persona(fresh, "run", dies_at=round(nights.acts() * place), env=room).code == nights.KILLED
    assert leaks(fresh, "state", ".tmp") == leaks(spills, ".") == []


def test_what_the_database_spills_beyond_its_memory_is_tokens(after):
    path = after / "persona.yaml"
    path.write_text(path.read_text().replace("memory_gb: 1,", "memory_gb: 0.26,"))
    with nights.opened(after) as store:
        columns = "first_name, last_name, email, phone, push_token"
        many = f"SELECT c.*, md5(n.range::VARCHAR) AS noise FROM range({4_000_000 // bank.CUSTOMERS}) n, customers c"
        store.catalog.run(f"CREATE TEMP TABLE wide AS SELECT {columns}, noise FROM ({many})")
        spilt = [path for path in (after / "state/work").iterdir() if path.stat().st_size > 1_000_000]
        assert spilt != []
        assert leaks(after, "state/work") == []


BROKEN = {
    "a row that is too short": lambda text: text.replace(";Quickenborn003;", ";Quickenborn003", 1),
    "a day that is none": lambda text: text.replace("04.03.1953", "31.02.Quickenborn", 1),
    "an open quote": lambda text: text.replace("Quickenborn005", '"Quickenborn005', 1),
    "the same key twice": lambda text: text + text.splitlines()[4].replace("Quickenborn003", "Quickenborn999") + "\n",
    "a header that is data": lambda text: text.split("\n", 1)[1],
}


@pytest.mark.parametrize("fault", BROKEN)
def test_no_error_of_a_bad_row_quotes_it(fresh, fault):
    path = fresh / f"extracts/customers_{bank.NEWEST}.csv"
    path.write_bytes(BROKEN[fault](path.read_bytes().decode("cp1252")).encode("cp1252"))
    ended = nights.persona(fresh, "run")
    assert ended.code == 3
    assert [name for name, canary in CANARIES.items() if canary in ended.out + ended.err] == []
    assert leaks(fresh, "state") == []
