import pytest

from persona.policy.places import Document
from persona.policy.source import Source
from persona.sources.lint import lint

RULES = {
    "source": "x",
    "files": "x_{date:%Y-%m-%d}.csv",
    "into": "transactions",
    "columns": {
        "customer_id": {"from": "who"},
        "booked_at": {"from": "at", "format": "%d.%m.%y", "century": 2000, "zone": "Europe/Prague"},
        "amount_minor": {"from": "amount"},
        "category": {"from": "what", "lookup": "references:shops.kind", "key": "id"},
    },
}
SHOPS = {"source": "shops", "files": "s_{date:%Y}.csv", "into": "references:shops", "columns": {"id": {}, "kind": {}}}


def told(**changes):
    """What is told of a source with some of its keys or columns changed."""
    columns = {**RULES["columns"], **changes.pop("columns", {})}
    shops = {**SHOPS, "columns": {name: {"from": name} for name in SHOPS["columns"]}}
    sources = [Source.model_validate({**RULES, **changes, "columns": columns}), Source.model_validate(shops)]
    for source in sources:
        source._document = Document({}, {}, {}, f"{source.source}.yaml")
    return [error.what for error in lint(sources, has_categories=False)]


def test_a_source_that_is_right_has_nothing_to_tell():
    assert told() == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"into": "transaction"}, "unknown table 'transaction'"),
        ({"files": "x.csv"}, "no day of delivery follows from the name of the files"),
        ({"files": "x_{date:%b}.csv"}, "%b cannot stand in a file's name"),
        ({"control": "../x_{date:%Y}.ctl"}, "leaves the workspace"),
        ({"format": {"encoding": "cp12x"}}, "unknown encoding 'cp12x'"),
        ({"format": {"decimal": ",", "thousands": ","}}, "the sign between thousands is that before decimals"),
        ({"versions": [{"format": {"delimeter": ";"}}]}, "format.delimeter is not what a format can say"),
        ({"expect": [{"id": "sane", "check": "amount > 0"}]}, "unknown column 'amount' of transactions"),
        ({"expect": [{"id": "runs", "check": "running_balance"}]}, "running_balance needs by and order"),
        ({"where": "what >"}, "this is not an SQL expression"),
    ],
)
def test_what_is_wrong_with_a_source_is_told_before_any_file_is_there(changes, what):
    assert [error[: len(what)] for error in told(**changes)] == [what]


@pytest.mark.parametrize(
    ("column", "rule", "what"),
    [
        ("booked_at", {"from": "at", "zone": "Europe/Prag"}, "unknown time zone 'Europe/Prag'"),
        ("booked_at", {"from": "at", "format": "%y%m%d"}, "%y%m%d has a year of two digits, and no century says"),
        ("category", {"from": "what", "lookup": "rules/categories.yaml"}, "rules/categories.yaml is not there"),
        ("category", {"from": "what", "lookup": "shops.kind"}, "'shops.kind' is nothing that can be looked up in"),
        ("category", {"from": "what", "lookup": "references:shop.kind"}, "unknown reference 'shop'"),
        ("category", {"from": "what", "lookup": "references:shops.kind"}, "a lookup in a reference needs a key"),
        ("category", {"from": "w", "lookup": "references:shops.kinds", "key": "id"}, "unknown column of shops 'kinds'"),
    ],
)
def test_what_is_wrong_with_a_column_is_told_before_any_file_is_there(column, rule, what):
    assert [error[: len(what)] for error in told(columns={column: rule})] == [what]
