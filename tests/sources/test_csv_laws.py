"""Laws of reading CSV: what a writer wrote is read, and what one damage breaks, no other row pays for."""

import csv as python_csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from persona.errors import ExtractError
from persona.policy.source import Format
from persona.sources import csv

TEXT = st.text(st.sampled_from("ab1 .,;|\t'\"é€\ufeff\u2028#\\"), max_size=6)
TEXT_OF_LINES = st.text(st.sampled_from('ab ;"\n\ré'), max_size=6)
settings.register_profile("reading", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("reading")


def tables(values):
    return st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(values, min_size=n, max_size=n), max_size=8))


def written(table: list[list[str]], **dialect) -> bytes:
    out = io.StringIO(newline="")
    writer = python_csv.writer(out, **dialect)
    writer.writerow([f"c{number}" for number in range(len(table[0]) if table else 1)])
    writer.writerows(table)
    return out.getvalue().encode()


def read_back(content: bytes, **format_) -> tuple[list[list[str]], int]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(content)
        chunks = list(csv.records(path, "x.csv", Format(trim=False, **format_)))
    rows = [list(row) for chunk in chunks for row in chunk.rows.drop("_line", "_byte").rows()]
    return rows, sum(chunk.rejects.height for chunk in chunks)


@given(
    tables(TEXT),
    st.sampled_from(",;|\t"),
    st.sampled_from("\"'"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([python_csv.QUOTE_MINIMAL, python_csv.QUOTE_ALL]),
)
@pytest.mark.parametrize("multiline", [False, True])
def test_what_a_writer_writes_is_read_back(multiline, table, delimiter, quote, end, quoting):
    content = written(table, delimiter=delimiter, quotechar=quote, lineterminator=end, quoting=quoting)
    assert read_back(content, delimiter=delimiter, quote=quote, multiline=multiline) == (table, 0)


@given(tables(TEXT_OF_LINES), st.sampled_from(["\n", "\r\n"]))
def test_values_of_several_lines_are_read_back_where_the_dialect_allows_them(table, end):
    content = written(table, delimiter=";", lineterminator=end, quoting=python_csv.QUOTE_ALL)
    assert read_back(content, delimiter=";", multiline=True) == (table, 0)


@given(tables(st.text(st.sampled_from("ab,\\é"), min_size=1, max_size=5)))
def test_an_escape_takes_the_next_character_as_it_is(table):
    content = written(table, quoting=python_csv.QUOTE_NONE, escapechar="\\", lineterminator="\n")
    assert read_back(content, quote=None, escape="\\") == (table, 0)


WHOLE = [[str(number), f"name {number}", "a;b" if number % 2 else "", f"{number}.50"] for number in range(1, 9)]
TABLE = written(WHOLE, delimiter=";", lineterminator="\n", quoting=python_csv.QUOTE_MINIMAL)
BEGIN = TABLE.index(b"\n") + 1
DAMAGES = {
    "a flipped bit": lambda at, bit: TABLE[:at] + bytes([TABLE[at] ^ (1 << bit)]) + TABLE[at + 1 :],
    "a lost byte": lambda at, _: TABLE[:at] + TABLE[at + 1 :],
    "a cut": lambda at, _: TABLE[:at],
    "a doubled byte": lambda at, _: TABLE[:at] + TABLE[at : at + 1] + TABLE[at:],
    "a stray quote": lambda at, _: TABLE[:at] + b'"' + TABLE[at:],
    "a stray delimiter": lambda at, _: TABLE[:at] + b";" + TABLE[at:],
    "a stray line end": lambda at, _: TABLE[:at] + b"\n" + TABLE[at:],
    "a stray NUL": lambda at, _: TABLE[:at] + b"\0" + TABLE[at:],
    "a stray CR": lambda at, _: TABLE[:at] + b"\r" + TABLE[at:],
}


def untouched(at: int, *, is_cut: bool) -> list[list[str]]:
    """The rows that a damage at a byte cannot have met."""
    line = TABLE[:at].count(b"\n") - 1
    before = WHOLE[: max(line - (TABLE[at - 1 : at] == b"\n"), 0)]
    return before if is_cut else before + WHOLE[line + 2 :]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("multiline", [False, True])
@given(at=st.integers(BEGIN, len(TABLE) - 1), bit=st.integers(0, 7))
def test_one_damage_costs_no_other_row(damage, multiline, at, bit):
    try:
        rows, rejected = read_back(DAMAGES[damage](at, bit), delimiter=";", multiline=multiline)
    except ExtractError:
        return
    kept = [row for row in rows if row in WHOLE]
    assert kept == [row for row in WHOLE if row in kept]
    assert [row for row in untouched(at, is_cut=damage == "a cut") if row not in kept] == []
    assert len(rows) + rejected <= len(WHOLE) + 1


@given(tables(st.text(st.sampled_from('ab,"\n\\é'), min_size=1, max_size=5)))
def test_escaped_quotes_and_line_ends_are_read_back_where_the_dialect_is_multiline(table):
    content = written(table, quoting=python_csv.QUOTE_ALL, escapechar="\\", doublequote=False, lineterminator="\n")
    assert read_back(content, escape="\\", multiline=True) == (table, 0)
