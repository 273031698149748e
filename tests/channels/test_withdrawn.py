import io

import polars as pl
import pytest

from persona.channels import Marks, without
from persona.channels.manifest import FileRow

HIS = Marks(frozenset({"m1", "ann@example.com", "+4915112345"}), frozenset({"7"}))


def left(content, format_="csv", encoding="utf-8", *columns):
    known = tuple(columns or (("id", "String"), ("text", "String")))
    row = FileRow("f", "sms", "v", "automatic", "", len(content), 0, known, format_, encoding)
    return without(content, row, HIS)


def test_a_record_with_a_mark_goes_with_all_its_lines_and_the_header_stays():
    content = b'id;text\nm1;"Dear Ann,\r\n""you"";\n"\nm2;Hello\n'
    assert left(content) == (b"id;text\nm2;Hello\n", 1, True)


def test_a_mark_is_a_whole_word():
    others = b"id,mail\nm11,joann@example.com\nam1,jo.ann@example.com\nm3,ann@example.com.au\n"
    assert left(others) == (others, 3, False)
    assert left(b"id,text\n1,Write to ann@example.com.\n2,?t=v1.m1.x\n") == (b"id,text\n", 0, True)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16-le", "utf-8-sig"])
def test_the_encoding_and_line_ends_stay(encoding):
    content = "id,text\r\nm1,ä\r\nm2,ö\u00a0\r\n".encode(encoding)
    assert left(content, encoding=encoding)[0] == "id,text\r\nm2,ö\u00a0\r\n".encode(encoding)


def test_json_lines_are_read_before_they_are_searched():
    content = b'{"id":"m2","to":"\\u002b4915112345"}\n{"id":"m3"}\n'
    assert left(content, "jsonl") == (b'{"id":"m3"}\n', 1, True)


def test_rows_of_parquet_go_by_any_of_their_columns(tmp_path):
    frame = pl.DataFrame({"n": [1, 2], "mail": ["ann@example.com", None]})
    frame.write_parquet(tmp_path / "p")
    payload, rows, has_changed = left((tmp_path / "p").read_bytes(), "parquet", "binary")
    assert (pl.read_parquet(payload).rows(), rows, has_changed) == ([(2, None)], 1, True)


def test_a_file_without_a_mark_stays_byte_for_byte():
    content = b'id,text\n"m2","a ""quote"""'
    assert left(content) == (content, 1, False)


CELLS = (("points", "Int64"), ("member", "String"), ("text", "String"))


def test_an_id_is_a_whole_cell_of_text_and_no_number_or_word_of_others():
    head, his, hers = "points;member;text\n", '1;"7";"Hi; you"\n', '7;8;"7 points, 7; 7"\n'
    assert left((head + hers + his).encode(), "csv", "utf-8", *CELLS) == ((head + hers).encode(), 1, True)
    hers, his = b'{"points":7,"member":"8","text":"7 points"}\n', b'{"points":1,"member":"7","text":""}\n'
    assert left(hers + his, "jsonl", "utf-8", *CELLS) == (hers, 1, True)
    frame = pl.DataFrame({"points": [7, 1], "member": ["8", "7"], "text": ["7 points", None]})
    memory = io.BytesIO()
    frame.write_parquet(memory)
    assert pl.read_parquet(left(memory.getvalue(), "parquet", "binary", *CELLS)[0]).rows() == [(7, "8", "7 points")]


def test_contact_data_of_several_people_takes_no_record_that_names_another_of_them():
    shared = Marks(frozenset({"m1"}), frozenset({"7"}), frozenset({"home@example.com"}), frozenset({"m2"}))
    texts = ("id", "to")
    said = {one: shared.are_in(f"{one},home@example.com", {"id": one, "to": "home@example.com"}, texts) for one in "37"}
    named = [shared.are_in(f"{one},home@example.com", {"id": one}, texts) for one in ("m1", "m2", "m3")]
    assert (said, named) == ({"3": True, "7": True}, [True, False, True])
