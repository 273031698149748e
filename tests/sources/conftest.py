"""A file and its rules from a test's own lines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from persona.policy.source import Format, Source
from persona.sources import Delivery, Read, csv, read
from persona.tables import CANONICAL


def delivered(path: Path, name: str = "x.csv", day: date = date(2026, 3, 31)) -> Delivery:
    return Delivery("x", path, name, day, path.stat().st_size, 0)


@pytest.fixture
def parsed(tmp_path):
    """Rows (raw values), rejects (line, reason) and warnings of CSV bytes."""

    def parse(content: bytes, **format_):
        path = tmp_path / "x.csv"
        path.write_bytes(content)
        chunks = list(csv.records(path, "x.csv", Format(**format_)))
        rows = [row for chunk in chunks for row in chunk.rows.drop("_line", "_byte").rows()]
        rejects = [(line, reason) for chunk in chunks for line, _, _, reason in chunk.rejects.rows()]
        return rows, rejects, [warning for chunk in chunks for warning in chunk.warnings]

    return parse


@pytest.fixture
def taken(tmp_path):
    """What `read` makes of bytes under a source's rules."""

    def take(
        content: bytes, *, name: str = "x.csv", day: date = date(2026, 3, 31), references=None, categories=None, **rules
    ) -> Read:
        (tmp_path / name).write_bytes(content)
        rules = {"source": "x", "files": name, "delivered_on": day, "max_age_days": 10_000, **rules}
        source = Source.model_validate(rules)
        return read(
            delivered(tmp_path / name, name, day),
            source,
            contract=CANONICAL[source.into],
            references=references or {},
            categories=categories,
            currency="EUR",
            products=("current", "card"),
        )

    return take
