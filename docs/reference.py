"""The pages of ``docs/reference/``, made from the code: ``python docs/reference.py``."""  # noqa: INP001 - a script

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import typer

from persona import errors
from persona.channels.columns import CONTRACTS
from persona.checks.checks import CHECKS
from persona.cli.app import COMMANDS, GROUPS, app
from persona.policy.conditions import checked
from persona.policy.files import FILES
from persona.policy.lint import LINTS, WARNINGS
from persona.policy.lints.credit import CREDIT
from persona.policy.places import Place
from persona.policy.schema import schemas
from persona.policy.sql.grammar import FUNCTIONS
from persona.tables import CANONICAL, KNOWN
from persona.tables import profile as profiles
from persona.tables.contract import Contract
from persona.tables.decisions import (
    CANDIDATES,
    CONSTRAINTS,
    DECISIONS,
    OF_ACTIONS,
    OF_CUSTOMERS,
    OF_PAIRS,
    PLANNED_CONTACTS,
    PLANS,
)
from persona.tables.features import FEATURES
from persona.tables.reasons import REASONS
from persona.tables.verdicts import ACTIONS, RULES

HERE = Path(__file__).parent / "reference"
MADE = "<!-- Made by `python docs/reference.py` from the code: change it there. -->"

SAMPLE: Mapping[str, tuple[pl.DataType | type[pl.DataType], object]] = {
    "name": (pl.String, "Anna Berg"),
    "code": (pl.String, "K-0042"),
    "count": (pl.Int64, 7),
    "nothing": (pl.Int64, None),
    "share": (pl.Float64, 0.125),
    "day": (pl.Date, date(2026, 3, 31)),
    "at": (pl.Datetime("us"), datetime(2026, 3, 31, 18, 5)),  # noqa: DTZ001 - tables hold UTC without a zone
}
"""The one row that the examples of conditions read."""

EXAMPLES: Mapping[str, str] = {
    "abs": "abs(count - 10)",
    "cast": "cast(substring(code, 3) AS bigint)",
    "ceil": "ceil(share * 10)",
    "coalesce": "coalesce(nothing, 0)",
    "concat": "concat(code, '/', name)",
    "contains": "contains(name, 'Berg')",
    "date_diff": "date_diff('day', day, DATE '2026-07-01')",
    "day": "day(day)",
    "dayofweek": "dayofweek(day)",
    "dow": "dow(day)",
    "ends_with": "ends_with(name, 'berg')",
    "floor": "floor(share * 10)",
    "greatest": "greatest(count, 10)",
    "hour": "hour(at)",
    "if": "if(count > 5, 'many', 'few')",
    "isodow": "isodow(day)",
    "least": "least(count, 5)",
    "left": "left(code, 1)",
    "length": "length(name)",
    "lower": "lower(name)",
    "lpad": "lpad(cast(count AS varchar), 3, '0')",
    "ltrim": "ltrim('  x')",
    "month": "month(day)",
    "nullif": "nullif(count, 7)",
    "regexp_extract": "regexp_extract(code, '([0-9]+)', 1)",
    "regexp_matches": "regexp_matches(code, '^K-[0-9]+$')",
    "regexp_replace": "regexp_replace(code, '[^0-9]', '', 'g')",
    "replace": "replace(code, '-', '')",
    "right": "right(code, 4)",
    "round": "round(share, 2)",
    "rpad": "rpad(left(code, 1), 3, '.')",
    "rtrim": "rtrim('x  ')",
    "split_part": "split_part(name, ' ', 2)",
    "starts_with": "starts_with(code, 'K')",
    "strptime": "strptime('31.03.2026', '%d.%m.%Y')",
    "substring": "substring(code, 3, 2)",
    "trim": "trim('  x  ')",
    "upper": "upper(name)",
    "year": "year(day)",
}
"""What each function does, shown; every function has its example."""

OPERATORS: Sequence[str] = (
    "count >= 5 AND share < 0.5",
    "count > 5 OR nothing > 5",
    "NOT count = 7",
    "nothing > 5",
    "nothing IS NULL",
    "count BETWEEN 1 AND 7",
    "left(code, 1) IN ('K', 'L')",
    "name LIKE 'Anna%'",
    "count / 2",
    "count // 2",
    "count % 2",
    "code || '!'",
    "CASE WHEN count > 5 THEN 'many' ELSE 'few' END",
    "day >= DATE '2026-01-01'",
)


def pages() -> dict[str, str]:
    """The text of each page by the name of its file."""
    made: dict[str, Callable[[], Iterable[str]]] = {
        "commands.md": _commands,
        "exit-codes.md": _exit_codes,
        "tables.md": _tables,
        "rule-files.md": _rule_files,
        "conditions.md": _conditions,
        "reasons-and-checks.md": _reasons,
    }
    return {name: "\n".join((MADE, *page())).rstrip() + "\n" for name, page in made.items()}


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    yield ""


def _code(text: object) -> str:
    return f"`{text}`"


def _commands() -> Iterator[str]:
    group: Any = typer.main.get_command(app)
    yield from ("# Commands", "", "In the order in which a newcomer meets them. Every command has `--help`.", "")
    for command in COMMANDS:
        yield from _command("persona", group.commands[command.__name__])
    for nouns in GROUPS:
        noun = group.commands[nouns.info.name]
        for one in noun.commands.values():
            yield from _command(f"persona {noun.name}", one)


def _command(before: str, one: Any) -> Iterator[str]:  # noqa: ANN401 - typer does not export the type
    arguments = "".join(f" [{p.name.upper()}]" for p in one.params if p.param_type_name == "argument")
    yield from (f"## {before} {one.name}", "", f"`{before} {one.name}{arguments} [OPTIONS]`", "", one.help, "")
    yield from _table(("option", "meaning", "default"), map(_parameter, one.params))


def _parameter(one: Any) -> tuple[str, str, str]:  # noqa: ANN401 - typer does not export the type
    is_argument = one.param_type_name == "argument"
    name = one.name.upper() if is_argument else ", ".join(one.opts)
    meaning = one.help + (f" Environment: `{one.envvar}`." if one.envvar else "")
    default = "required" if one.required else "" if one.default in (None, False, "") else _code(one.default)
    return _code(name), meaning, default


def _exit_codes() -> Iterator[str]:
    yield from ("# Exit codes", "", "Stable: cron and schedulers may rely on them.", "")
    told = [(0, "done", ""), (130, "interrupted (Ctrl-C)", "")]
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.PersonaError) and kind is not errors.PolicyErrors:
            about = "a fault of ours" if kind is errors.PersonaError else (kind.__doc__ or "").rstrip(".")
            told.append((kind.exit_code, about, _code(kind.__name__)))
    yield from _table(("code", "meaning", "error"), ((str(c), about, name) for c, about, name in sorted(told)))
    yield "A customer who is left in peace, or a message that a check withholds, is counted in the summary: no error."
    yield "Every message says where, what, how many, and what to do next, and never shows a customer's value."


def _tables() -> Iterator[str]:
    yield from ("# Tables", "", "Every table that persona keeps or makes, with its grain, key and columns.", "")
    yield from ("Money is a whole number of minor units; instants are UTC; shares and rates lie in 0..1.", "")
    yield from ("## What the bank's extracts become", "")
    for contract in CANONICAL.values():
        yield from _contract(contract)
    yield from ("### What is added to each row of these tables", "", *_columns(KNOWN))
    yield from ("## The profile: what conditions may read", "")
    yield "One row a customer; the tables stand side by side. `<product>`, `<subject>` and `<topic>` are the words"
    yield from (
        "of `persona.yaml`, `<category>` one of `rules/categories.yaml` with `.` as `_`, `<segment>` a segment.",
        "",
    )
    for contract in (
        profiles.attributes(),
        profiles.holdings(["<product>"]),
        profiles.signals(["<category>"], ["<subject>"], ["<topic>"]),
        profiles.segments(["<segment>"]),
        profiles.scores(["<category>"]),
        profiles.circumstances(),
        profiles.leanings(),
        profiles.patterns(),
        profiles.forecasts(["<group>"]),
        profiles.triggers({"<trigger>": ()}),
        profiles.OCCURRENCES,
    ):
        yield from _contract(contract)
    yield from (*_features(), "## What a night decides", "")
    for contract in (DECISIONS, CANDIDATES, PLANNED_CONTACTS, CONSTRAINTS, PLANS, ACTIONS, RULES):
        yield from _contract(contract)
    yield from ("### What constraints over the whole book may read besides the profile", "")
    yield from _columns((*OF_CUSTOMERS, *OF_ACTIONS, *OF_PAIRS))
    yield from ("## Delivery files", "", "Columns that all channels share stand first.", "")
    for contract in CONTRACTS.values():
        yield from _contract(contract)


def _features() -> Iterator[str]:
    credit = ", ".join(map(_code, CREDIT))
    yield from ("## When each is known, where it comes from, and whether it may decide on credit", "")
    yield "The first that a name matches counts. What may not decide on credit is refused by `persona validate` in"
    yield "`eligibility`, `suitability` and `expected_loss` of offers whose group is `regulated_as`"
    yield f"{credit}. A segment may decide where all that its condition reads may. What a source adds"
    yield from ("is known on the day of its delivery, and the bank answers for its use.", "")
    header = ("column", "known", "from", "decides on credit")
    rows = (
        (_code(f.name), f.known, f.origin, f"no: it {f.not_for_credit}" if f.not_for_credit else "yes")
        for f in FEATURES
    )
    yield from _table(header, rows)


def _contract(contract: Contract) -> Iterator[str]:
    key = ", ".join(map(_code, contract.key))
    yield from (
        f"### {contract.name}",
        "",
        f"{contract.grain.capitalize()}. Key: {key}.",
        "",
        *_columns(contract.columns),
    )


def _columns(columns: Iterable[Any]) -> Iterator[str]:
    header = ("column", "type", "what it says", "null means", "personal")
    yield from _table(
        header,
        (
            (_code(c.name), _type(c.dtype), c.about, c.null or "never null", "" if c.pii == "none" else c.pii)
            for c in columns
        ),
    )


def _type(dtype: object) -> str:
    return {"String": "text", "Int64": "integer", "Float64": "number", "Boolean": "yes/no", "Date": "date"}.get(
        str(dtype), "instant" if str(dtype).startswith("Datetime") else str(dtype).lower()
    )


def _rule_files() -> Iterator[str]:
    yield from ("# Rule files", "", "Every key of every file. `persona schema --out schemas` writes the same as JSON")
    yield from ("Schemas, which editors read to complete and check what is typed.", "")
    patterns = {kind.name: kind.pattern for kind in FILES}
    for name, schema in schemas().items():
        yield from (f"## {name}", "", f"`{patterns[name]}`", "", *_keys(schema))
        definitions: Any = schema.get("$defs", {})
        for inner, one in definitions.items():
            if "properties" in one:
                yield from (f"### {inner} (in {name})", "", *_keys(one))


def _keys(schema: Mapping[str, Any]) -> Iterator[str]:
    said = str(schema.get("description", "")).replace("``", "`")
    yield from (said, "") if said else ()
    required = set(schema.get("required", ()))
    rows = [
        (
            _code(name),
            _kind(one),
            "required" if name in required else _default(one.get("default")),
            str(one.get("description", "")),
        )
        for name, one in schema.get("properties", {}).items()
    ]
    yield from _table(("key", "type", "default", "meaning"), rows)


def _default(value: object) -> str:
    if value in (None, "", []) or isinstance(value, dict):
        return ""
    return ", ".join(map(_code, value)) if isinstance(value, list) else _value(value)


def _kind(one: Mapping[str, Any]) -> str:
    """The type of a key in words."""
    if "anyOf" in one:
        return " or ".join(dict.fromkeys(_kind(other) for other in one["anyOf"] if other.get("type") != "null"))
    if "$ref" in one:
        return str(one["$ref"]).rpartition("/")[2]
    if "enum" in one or "const" in one:
        return ", ".join(_code(word) for word in one.get("enum", [one.get("const")]))
    if one.get("type") == "array":
        return f"list of {_kind(one['items'])}" if "items" in one else "list"
    if one.get("type") == "object":
        values = one.get("additionalProperties") or next(iter(one.get("patternProperties", {}).values()), None)
        return f"name -> {_kind(values)}" if isinstance(values, dict) else "mapping"
    formats = {"date": "date", "sql-condition": "SQL expression"}
    return formats.get(str(one.get("format")), {"string": "text", "boolean": "true/false"}.get(t := _typed(one), t))


def _typed(one: Mapping[str, Any]) -> str:
    return str(one.get("type", "any"))


def _conditions() -> Iterator[str]:
    yield from ("# Conditions", "")
    yield "SQL expressions over one row. The results below were computed when this page was made, over the row:"
    yield from ("", *_table(tuple(SAMPLE), [[_value(value) for _, value in SAMPLE.values()]]))
    yield from ("## Operators", "", *_table(("expression", "gives"), ((_code(t), _result(t)) for t in OPERATORS)))
    rows = ((_code(name), _code(EXAMPLES[name]), _result(EXAMPLES[name])) for name in FUNCTIONS)
    yield from ("## Functions", "", *_table(("function", "example", "gives"), rows))
    yield "Anything else (another function, an aggregate, a subquery, the clock) is refused when the rules are loaded."


def _result(text: str) -> str:
    row = pl.DataFrame(
        {name: [value] for name, (_, value) in SAMPLE.items()}, schema={n: t for n, (t, _) in SAMPLE.items()}
    )
    columns = {name: dtype for name, (dtype, _) in SAMPLE.items()}
    one = checked(text, columns=columns, place=Place("", 0, 0), wants="value")
    return _value(row.select(row["name"], x=one.expr)["x"].item())


def _value(value: object) -> str:
    if value is None:
        return "*unknown*"
    return _code(str(value).lower() if isinstance(value, bool) else value)


def _reasons() -> Iterator[str]:
    yield from ("# Reasons and checks", "", "## Reason codes", "")
    yield from ("Each customer and action has one primary reason; the list is closed.", "")
    yield from _table(("code", "says", "says in German"), ((r.letter, r.says["en"], r.says["de"]) for r in REASONS))
    yield from (
        "## Checks of every message",
        "",
        "In this order; the first that fails withholds the message (`Q`).",
        "",
    )
    yield "The bank's own compliance rules (`requires_block`, `forbids`) follow them."
    yield ""
    rows = ((_code(c.id), c.about, ", ".join(c.channels), ", ".join(c.classes)) for c in CHECKS)
    yield from _table(("check", "sees to", "channels", "classes"), rows)
    yield from ("## Lints: what stops a policy", "")
    yield from _table(("lint", "refuses"), ((_code(one.__name__), _first_line(one)) for one in LINTS))
    yield from ("## Warnings: what `persona status` names", "")
    yield from _table(("warning", "tells"), ((_code(one.__name__.lstrip("_")), _first_line(one)) for one in WARNINGS))


def _first_line(function: object) -> str:
    return re.split(r"\n\s*\n", (inspect.getdoc(function) or "").strip())[0].replace("``", "`")


def main() -> None:
    """Write every page where it differs."""
    HERE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
