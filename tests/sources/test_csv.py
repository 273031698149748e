import json
import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from persona.errors import ExtractError, PolicyError
from persona.policy.source import Format
from persona.sources import csv
from persona.sources.csv import records


def test_the_columns_are_those_of_the_header_and_every_row_knows_its_line_and_byte(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"a;b\r\n1;2\r\n3;4\r\n")
    (chunk, *_) = records(tmp_path / "x.csv", "x.csv", Format(delimiter=";"))
    assert chunk.rows.rows(named=True) == [
        {"a": "1", "b": "2", "_line": 2, "_byte": 5},
        {"a": "3", "b": "4", "_line": 3, "_byte": 10},
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1,2", "2 fields, the header has 3"),
        (b"1,2,3,", "4 fields, the header has 3"),
        (b"", "is empty"),
        (b'1,"2,3', "a quote is not closed"),
        (b'1,"2"x,3', "text follows a closing quote"),
        (b"1,\0,3", "holds a NUL"),
        (b"1,\xff,3", "is not text in the declared encoding"),
    ],
)
def test_a_broken_line_is_rejected_with_its_number_and_its_neighbours_stay(parsed, line, reason):
    rows, rejects, _ = parsed(b"a,b,c\n1,2,3\n" + line + b"\n7,8,9\n")
    assert (rows, rejects) == ([("1", "2", "3"), ("7", "8", "9")], [(3, reason)])


def test_a_quote_inside_a_bare_value_is_data(parsed):
    assert parsed(b'a,b\n5" pipe,x\n')[0] == [('5" pipe', "x")]


def test_blanks_before_a_quote_are_no_data_where_values_are_trimmed(parsed):
    assert parsed(b'a; b\n1; "x;y"\n', delimiter=";")[0] == [("1", "x;y")]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_in_any_way_and_empty_ones_at_the_end_are_none(parsed, end):
    rows, rejects, warnings = parsed(end.join([b"a,b", b"1,2", b"3,4", b"", b"", b""]))
    assert (rows, rejects, warnings) == ([("1", "2"), ("3", "4")], [], [])


def test_a_file_may_mix_line_ends(parsed):
    assert parsed(b"a,b\r\n1,2\n3,4\r5,6\n")[0] == [("1", "2"), ("3", "4"), ("5", "6")]


def test_a_last_line_without_end_is_taken_with_a_warning_and_a_cut_one_is_rejected(parsed):
    rows, rejects, warnings = parsed(b'a,b\n1,2\n3,"4')
    assert (rows, rejects) == ([("1", "2")], [(3, "a quote is not closed")])
    rows, rejects, warnings = parsed(b"a,b\n1,2\n3,4")
    assert (rows, rejects, len(warnings)) == ([("1", "2"), ("3", "4")], [], 1)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"\xef\xbb\xbfa,b\n1,2\n")
    (chunk, *_) = records(tmp_path / "x.csv", "x.csv", Format())
    assert chunk.rows.rows(named=True) == [{"a": "1", "b": "2", "_line": 2, "_byte": 7}]


def test_other_encodings_are_read_and_what_they_do_not_know_is_rejected(parsed):
    rows, rejects, _ = parsed("a;b\n1;été €\n".encode("cp1252") + b"2;\x81\n", delimiter=";", encoding="cp1252")
    assert (rows, rejects) == ([("1", "été €")], [(3, "is not text in the declared encoding")])
    assert parsed("a;b\n1;ž\n".encode("utf-16"), delimiter=";", encoding="utf-16")[0] == [("1", "ž")]


@pytest.mark.parametrize("delimiter", ["¦", "||", "~|~"])
def test_a_delimiter_may_be_long_or_no_ascii(parsed, delimiter):
    rows, rejects, _ = parsed(f'a{delimiter}b\n1{delimiter}"x{delimiter}y"\n2\n'.encode(), delimiter=delimiter)
    assert (rows, rejects) == ([("1", f"x{delimiter}y")], [(3, "1 field, the header has 2")])


def test_lines_before_the_header_and_a_trailer_are_no_records(parsed):
    rows, rejects, _ = parsed(b"Extract of 2026\n\na,b\n1,2\nEND;1\n", skip_lines=2, footer_lines=1)
    assert (rows, rejects) == ([("1", "2")], [])


def test_a_trailer_that_looks_like_a_record_is_refused_because_the_real_one_may_be_missing(parsed):
    with pytest.raises(ExtractError, match="look like records"):
        parsed(b"a,b\n1,2\n3,4\n", footer_lines=1)


def test_a_trailer_that_looks_like_a_record_is_known_by_how_it_begins_and_must_be_there(parsed):
    format_ = {"footer_lines": 1, "trailer": "END"}
    assert parsed(b"a,b\n1,2\nEND,1\n", **format_)[:2] == ([("1", "2")], [])
    with pytest.raises(ExtractError, match="its last 1 lines do not begin with 'END'"):
        parsed(b"a,b\n1,2\n3,4\n", **format_)
    with pytest.raises(ValidationError, match="trailer needs footer_lines"):
        Format(trailer="END")


def test_a_file_without_a_header_has_declared_names(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"1,2\n")
    (chunk, *_) = records(tmp_path / "x.csv", "x.csv", Format(header=False, columns=("a", "b")))
    assert chunk.rows.rows(named=True) == [{"a": "1", "b": "2", "_line": 1, "_byte": 0}]


def test_a_multiline_value_is_one_record_and_the_lines_behind_it_keep_their_numbers(parsed):
    rows, rejects, _ = parsed(b'a,b\n1,"x\r\ny"\n2\n3,z\n', multiline=True)
    assert (rows, rejects) == ([("1", "x\r\ny"), ("3", "z")], [(4, "1 field, the header has 2")])


def test_an_unclosed_quote_of_a_multiline_dialect_costs_its_own_line(parsed):
    rows, rejects, _ = parsed(b'a,b\n1,"open\n2,y\n3,"z"\n4,w\n', multiline=True)
    assert (rows, rejects) == ([("2", "y"), ("3", "z"), ("4", "w")], [(2, "a quote is not closed")])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "has no header"),
        (b"a,b,a\n1,2,3\n", "fields 1 and 3 of its header have one name"),
        (b"PK\x03\x04...", "is a zip archive or a workbook"),
        ("a,b\n".encode("utf-16"), "is UTF-16"),
        (b"\x1f\x8b\x08\0", "is packed with gzip"),
        (b'"a,b\n1,2\n', "its header cannot be read: a quote is not closed"),
    ],
)
def test_a_file_that_is_no_extract_is_refused_as_a_whole(parsed, content, message):
    with pytest.raises(ExtractError, match=message):
        parsed(content)


def test_a_file_of_a_header_alone_has_no_records(parsed):
    assert parsed(b"a,b") == ([], [], [])


def test_the_delimiter_is_another_character_than_the_quote(parsed):
    with pytest.raises(PolicyError, match="another character"):
        parsed(b"a\n", delimiter='"')


def test_records_are_the_same_however_small_the_pieces_are(tmp_path, monkeypatch):
    content = b'a,b\n1,"x\ny"\n\n2,z\n3,"q"\nT\n'
    (tmp_path / "x.csv").write_bytes(content)
    format_ = Format(multiline=True, footer_lines=1)
    whole = [row for chunk in records(tmp_path / "x.csv", "x", format_) for row in chunk.rows.rows()]
    for size in range(1, len(content)):
        monkeypatch.setattr("persona.sources.unpacked.PIECE", size)
        chunks = list(records(tmp_path / "x.csv", "x", format_))
        assert [row for chunk in chunks for row in chunk.rows.rows()] == whole
        assert [row for chunk in chunks for row in chunk.rejects.rows()] == [(4, 12, None, "is empty")]


SPECTRUM = ["comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "newlines_crlf"]
SPECTRUM += ["quotes_and_newlines", "simple", "simple_crlf", "utf8"]


@pytest.mark.skipif("PERSONA_REAL_DATA" not in os.environ, reason="PERSONA_REAL_DATA names no folder of real extracts")
@pytest.mark.parametrize("name", SPECTRUM)
def test_the_spectrum_of_csv_is_read_as_its_json_says(name):
    folder = Path(os.environ["PERSONA_REAL_DATA"]) / "torture" / "csv-spectrum"
    chunks = csv.records(folder / "csvs" / f"{name}.csv", name, Format(multiline=True))
    rows = [row for chunk in chunks for row in chunk.rows.drop("_line", "_byte").rows(named=True)]
    assert rows == json.loads((folder / "json" / f"{name}.json").read_text())
