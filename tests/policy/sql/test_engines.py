"""A condition says the same to Polars as its canonical SQL says to DuckDB."""

from __future__ import annotations

import re
from datetime import date, datetime

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from persona.policy.conditions import checked
from persona.policy.places import Place

TYPES = {
    "i": (pl.Int64, "BIGINT"),
    "j": (pl.Int64, "BIGINT"),
    "small": (pl.Int8, "TINYINT"),
    "x": (pl.Float64, "DOUBLE"),
    "y": (pl.Float64, "DOUBLE"),
    "s": (pl.String, "VARCHAR"),
    "t": (pl.String, "VARCHAR"),
    "b": (pl.Boolean, "BOOLEAN"),
    "c": (pl.Boolean, "BOOLEAN"),
    "d": (pl.Date, "DATE"),
    "e": (pl.Date, "DATE"),
    "at": (pl.Datetime("us"), "TIMESTAMP"),
}
SCHEMA = pl.Schema({name: dtype for name, (dtype, _) in TYPES.items()})

LETTERS = "aAbB1 -.%_é\u00a0\n"
WORDS = [
    "12",
    "-7",
    "+3",
    " 4 ",
    "1.25",
    ".5",
    "1e3",
    "99999999999999999999",
    "2026-01-31",
    "2026-02-30",
    "1.2.2026",
    "T",
]
VALUES = {
    pl.Int64: st.integers(-4, 4) | st.sampled_from([2**63 - 1, -(2**63), 2**53 + 1, 100]),
    pl.Int8: st.integers(-128, 127),
    pl.Float64: st.sampled_from(
        [0.0, -0.0, 0.5, 1.5, 2.5, -2.5, 0.125, 1e300, -1e300, float("nan"), float("inf"), 0.1]
    ),
    pl.String: st.text(LETTERS, max_size=5) | st.sampled_from(WORDS),
    pl.Boolean: st.booleans(),
    pl.Date: st.dates(date(1999, 12, 25), date(2000, 3, 5)),
    pl.Datetime("us"): st.datetimes(datetime(1999, 12, 30), datetime(2000, 1, 3)),  # noqa: DTZ001 instants are UTC here
}
ROWS = st.lists(st.tuples(*(VALUES[dtype] | st.none() for dtype in SCHEMA.values())), min_size=1, max_size=6)

SIMPLE = {
    "integer": ["i", "j", "small", "0", "1", "-3", "7"],
    "number": ["x", "y", "0.5", "-1.5", "2.0", "1e3"],
    "text": ["s", "t", "''", "'a'", "'1'", "'B-a'", "'it''s'"],
    "date": ["d", "e", "DATE '2000-02-29'"],
    "boolean": ["b", "c", "true", "false"],
}
EVERY = [
    "CASE WHEN {boolean} THEN {same} ELSE {same} END",
    "CASE WHEN {boolean} THEN {same} END",
    "CASE {integer} WHEN 1 THEN {same} WHEN {integer} THEN {same} END",
    "coalesce({same}, {same})",
    "nullif({same}, {same})",
    "least({same}, {same})",
    "greatest({same}, {same})",
    "({same})",
]
ORDERED = ("integer", "number", "text", "date")
REGEXES = ("^[ab]+$", "\\d", "\\bb", "(?i)A.", "[^a-b]+", "\\W", "[\\d.]")
OWN = {
    "integer": [
        *(f"({{integer}} {word} {{integer}})" for word in ("+", "-", "*", "//", "%")),
        "-({integer})", "abs({integer})", "round({integer})", "floor({integer})", "length({text})",
        "date_diff('day', {date}, {date})", "date_diff('day', {date}, at)", "({date} - {date})",
        *(f"{name}({{date}})" for name in ("year", "month", "day", "dayofweek", "isodow", "dow")),
        "hour(at)", "year(at)",
        *(f"cast({{{kind}}} as bigint)" for kind in ("integer", "number", "text", "boolean")),
    ],
    "number": [
        *(f"({{number}} {word} {{{kind}}})" for word in "+-*/" for kind in ("integer", "number")),
        "({integer} / {integer})", "-({number})", "abs({number})", "floor({number})", "ceil({number})",
        "round({number})", "round({number}, 1)", "round({number}, 2)",
        *(f"cast({{{kind}}} as double)" for kind in ("integer", "number", "text")),
    ],
    "text": [
        *(f"{name}({{text}})" for name in ("lower", "upper", "trim", "ltrim", "rtrim")),
        "concat({text}, {text}, {text})", "({text} || {text})", "left({text}, 2)", "right({text}, 2)",
        "substring({text}, 2)", "substring({text}, 1, 2)", "substring({text}, 3, 0)",
        "replace({text}, 'a', 'bb')", "replace({text}, '-', '')", "lpad({text}, 3, '0')", "rpad({text}, 6, ' ')",
        "split_part({text}, '-', 1)", "split_part({text}, 'a', 2)", "split_part({text}, '.', 3)",
        *(f"regexp_extract({{text}}, '(a)(b|1)?', {group})" for group in (0, 1, 2)),
        "regexp_extract({text}, '\\d+')", "regexp_replace({text}, '[ab]', '[\\0$1]')",
        "regexp_replace({text}, '(a|1)', '<\\1>', 'g')", "regexp_replace({text}, '\\s', '', 'g')",
        *(f"cast({{{kind}}} as varchar)" for kind in ("integer", "text", "boolean", "date")),
    ],
    "date": [
        "cast(left({text}, 10) as date)", "cast(at as date)", "cast(strptime({text}, '%d.%m.%Y') as date)",
        "cast(strptime({text}, '%Y-%m-%d') as date)",
    ],
    "boolean": [
        "({boolean} AND {boolean})", "({boolean} OR {boolean})", "NOT {boolean}", "({boolean} = {boolean})",
        *(f"({{{kind}}} {word} {{{kind}}})" for kind in ORDERED for word in ("=", "<>", "<", "<=", ">", ">=")),
        "({integer} < {number})", "(at >= {date})", "(at = {date})",
        *(f"({{{kind}}} IS {word}NULL)" for kind in SIMPLE for word in ("", "NOT ")),
        "({boolean} IS TRUE)", "({boolean} IS FALSE)", "({boolean} IS NOT TRUE)",
        "({integer} IN (1, -3))", "({integer} NOT IN (1, 0.5))", "({number} IN (0.5, 2))", "({text} IN ('a', 'it''s'))",
        "({date} IN (DATE '2000-02-29', DATE '2000-01-01'))", "({boolean} IN (true))",
        "({integer} BETWEEN {integer} AND {number})", "({text} NOT BETWEEN {text} AND {text})",
        *(f"({{text}} {word} '{like}')" for word in ("LIKE", "NOT LIKE", "ILIKE") for like in ("a%", "%B", "_a%", "")),
        *(f"{name}({{text}}, {{text}})" for name in ("starts_with", "ends_with", "contains")),
        *(f"regexp_matches({{text}}, '{regex}')" for regex in REGEXES),
        "cast({text} as boolean)",
    ],
}  # fmt: skip


@st.composite
def expressions(draw: st.DrawFn, kind: str, depth: int = 3) -> str:
    templates = SIMPLE[kind] if depth == 0 else [*SIMPLE[kind], *EVERY, *OWN[kind]]
    template = draw(st.sampled_from(templates)).replace("{same}", f"{{{kind}}}")
    return re.sub(r"\{(\w+)\}", lambda hole: draw(expressions(hole[1], depth - 1)), template)


def by_duckdb(connection: duckdb.DuckDBPyConnection, rows: list[tuple], sql: str) -> list[object]:
    columns = ", ".join(f'"{name}" {sql_type}' for name, (_, sql_type) in TYPES.items())
    connection.execute(f"CREATE OR REPLACE TABLE rows (n BIGINT, {columns})")
    marks = ", ".join("?" * (1 + len(TYPES)))
    connection.executemany(f"INSERT INTO rows VALUES ({marks})", [(n, *row) for n, row in enumerate(rows)])
    return [value for (value,) in connection.execute(f"SELECT {sql} FROM rows ORDER BY n").fetchall()]


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        yield connection


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.sampled_from(sorted(SIMPLE)).flatmap(expressions), rows=ROWS)
def test_polars_and_duckdb_say_the_same(connection, text, rows):
    condition = checked(text, columns=SCHEMA, place=Place("x.yaml"), wants="value")
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    ours = frame.with_columns(result=condition.expr)["result"]
    theirs = pl.Series("result", by_duckdb(connection, rows, condition.sql), dtype=condition.dtype)
    assert_series_equal(ours, theirs, check_exact=False, rel_tol=1e-12, abs_tol=0)
