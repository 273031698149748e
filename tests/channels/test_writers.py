import csv
import io

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.channels import writers
from persona.channels.writers import pieces
from persona.policy.rules import Delivery

ROWS = pl.DataFrame({"id": ["a", "b", "c"], "body": ['say "hi"; now', "two\nlines", ""], "n": [1, None, 3]})


def _bytes(frame=ROWS, **changes):
    profile = Delivery.model_validate({"profile": "v", "channel": "sms", "drop": "d", **changes})
    return b"".join(pieces(frame, profile))


def test_the_generic_file_is_plain_csv():
    assert _bytes() == b'id,body,n\na,"say ""hi""; now",1\nb,"two\nlines",\nc,"",3\n'


def test_a_vendor_may_want_it_otherwise():
    said = _bytes(delimiter=";", quoting="always", newline="crlf", null="-")
    assert said == b'"id";"body";"n"\r\n"a";"say ""hi""; now";"1"\r\n"b";"two\nlines";"-"\r\n"c";"";"3"\r\n'


_TEXTS = st.one_of(st.none(), st.text('ab,;"\r\n', max_size=3))


@given(
    rows=st.lists(st.tuples(_TEXTS, _TEXTS, st.one_of(st.none(), st.integers(-9, 9))), min_size=1, max_size=8),
    quoting=st.sampled_from(["necessary", "always"]),
    newline=st.sampled_from(["lf", "crlf"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    null=st.sampled_from(["", "-"]),
)
@settings(max_examples=25, deadline=None)
def test_csv_is_to_the_byte_what_polars_writes_however_many_lines_are_put_together(
    rows, quoting, newline, delimiter, null
):
    frame = pl.DataFrame(rows, schema={"id,1": pl.String, 'the "body"': pl.String, "n": pl.Int64}, orient="row")
    wanted = frame.write_csv(
        separator=delimiter,
        quote_style=quoting,
        line_terminator="\n" if newline == "lf" else "\r\n",
        null_value=null,
    ).encode()
    for alike, size in ((1, 1), (4, 40), (100, 10_000)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(writers, "ALIKE_AT_ONCE", alike)
            patch.setattr(writers, "BYTES_AT_ONCE", size)
            said = _bytes(frame, quoting=quoting, newline=newline, delimiter=delimiter, null=null)
        assert said == wanted


def test_json_lines_keep_null_and_empty_apart():
    assert _bytes(format="jsonl").splitlines()[1:] == [
        b'{"id":"b","body":"two\\nlines","n":null}',
        b'{"id":"c","body":"","n":3}',
    ]


def test_parquet_holds_the_frame():
    assert pl.read_parquet(io.BytesIO(_bytes(format="parquet"))).equals(ROWS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf_16", "cp1252"])
def test_any_encoding_is_read_back_with_one_mark_and_one_header(encoding, monkeypatch):
    monkeypatch.setattr(writers, "BYTES_AT_ONCE", 1)
    frame = ROWS.with_columns(body=pl.lit("Grüße"))
    text = _bytes(frame, encoding=encoding).decode(encoding)
    assert text == "id,body,n\na,Grüße,1\nb,Grüße,\nc,Grüße,3\n"


@pytest.mark.parametrize("shape", ["csv", "jsonl", "parquet"])
def test_the_same_rows_give_the_same_bytes(shape):
    assert _bytes(format=shape) == _bytes(ROWS.clone(), format=shape)


def test_a_file_without_rows_has_its_header():
    assert _bytes(ROWS.clear()) == b"id,body,n\n"
    assert list(csv.reader(io.StringIO(_bytes().decode()))) == [
        ["id", "body", "n"],
        ["a", 'say "hi"; now', "1"],
        ["b", "two\nlines", ""],
        ["c", "", "3"],
    ]


def test_a_point_in_a_name_makes_an_object_and_brackets_a_list_of_one():
    rows = pl.DataFrame({"to[]": ["a"], "data.id": ["m"], "text": [None], "data.at.day": [1]})
    assert _bytes(rows, format="jsonl") == b'{"to":["a"],"data":{"id":"m","at":{"day":1}},"text":null}\n'
    assert _bytes(rows) == b"to[],data.id,text,data.at.day\na,m,,1\n"
