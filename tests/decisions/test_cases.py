"""The cases of tests/cases/decisions: what is given, and what the night decides for each customer."""

from pathlib import Path

import pytest

from persona.policy.text import parse

CASES = Path(__file__).parent.parent / "cases" / "decisions"
FILES = sorted(CASES.glob("*.yaml"))


def _told(row):
    """``slot: reason offer/treatment`` as the cases write it."""
    reason = f"{row['reason']}({row['reason_id']})" if row["reason_id"] else row["reason"]
    return f"{reason} {row['offer_id']}/{row['treatment_id']}" if row["offer_id"] else f"silence {reason}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_night_decides_as_the_case_says(path, night):
    case = parse(path.read_text(encoding="utf-8"), file=path.name).data
    decided = {}
    for row in night(case["given"]).plan().decisions.iter_rows(named=True):
        decided.setdefault(row["customer_id"], {})[row["slot"]] = _told(row)
    assert decided == case["expected"], case["title"]


def test_there_are_cases_to_read():
    assert len(FILES) >= 12
