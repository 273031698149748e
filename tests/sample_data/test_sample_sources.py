"""The sample bank's sources against the files that it ships."""

import gzip
import json
import os
from fnmatch import fnmatch
from pathlib import Path
from re import sub

import polars as pl
import pytest

from persona.policy.reading import model_of
from persona.policy.rules import Categories
from persona.policy.source import Source
from persona.policy.text import read
from persona.tables.foundation import CANONICAL

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "sample_data" / "extracts"
SOURCES = [model_of(read(path, root=ROOT), Source) for path in sorted((ROOT / "rules" / "sources").glob("*.yaml"))]
CATEGORIES = model_of(read(ROOT / "rules" / "categories.yaml", root=ROOT), Categories).categories


def first_line(path: Path, encoding: str) -> str:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data.split(b"\n", 1)[0].decode(encoding)


def raw_names(path: Path, source: Source) -> set[str]:
    line = first_line(path, source.format.encoding)
    return set(json.loads(line)) if source.format.type == "jsonl" else set(line.split(source.format.delimiter))


def shipped(pattern: str) -> list[Path]:
    name = sub(r"\{date:[^}]*\}", "????-??-??", Path(pattern).name)
    return sorted(path for path in SHIPPED.iterdir() if fnmatch(path.name, name))


def codes() -> list[tuple[int, str]]:
    spans = [(leaf, *span.split("-")) for leaf, category in CATEGORIES.items() for span in category.mcc]
    return sorted((code, leaf) for leaf, low, *high in spans for code in range(int(low), int((high or [low])[0]) + 1))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.source)
def test_every_raw_column_is_in_the_newest_file(source):
    rules = [rule.from_ for rule in source.columns.values() if rule.from_]
    read_ = {name for rule in rules for name in ([rule] if isinstance(rule, str) else rule)}
    assert read_ <= raw_names(shipped(source.files)[-1], source)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.source)
def test_a_column_that_the_contract_does_not_know_declares_its_type(source):
    strangers = [name for name in source.columns if name not in CANONICAL[source.into]]
    assert [name for name in strangers if source.columns[name].type is None] == []


def test_every_shipped_file_belongs_to_one_source():
    patterns = [pattern for source in SOURCES for pattern in (source.files, source.control) if pattern]
    claims = [path for pattern in patterns for path in shipped(pattern)]
    assert sorted(claims) == sorted(SHIPPED.iterdir())


def test_no_merchant_code_has_two_leaves():
    every = [code for code, _ in codes()]
    assert len(every) == len(set(every))


def test_every_code_of_the_published_list_has_a_leaf():
    if "PERSONA_REAL_DATA" not in os.environ:
        pytest.skip("PERSONA_REAL_DATA is not set: the published list of merchant codes is not here")
    published = pl.read_csv(Path(os.environ["PERSONA_REAL_DATA"]) / "mcc" / "mcc_codes.csv", infer_schema=False)["mcc"]
    known = {code for code, _ in codes()}
    assert [code for code in published if int(code) not in known] == []


@pytest.mark.parametrize(
    ("code", "leaf"),
    [
        (742, "pets"),
        (3000, "travel.air"),
        (3501, "travel.hotel"),
        (5411, "groceries"),
        (5541, "fuel"),
        (9311, "government"),
    ],
)
def test_well_known_codes_have_the_leaf_that_one_expects(code, leaf):
    assert dict(codes())[code] == leaf
