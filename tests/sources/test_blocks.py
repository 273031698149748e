import pytest

from persona.errors import ExtractError
from persona.sources import blocks as module
from persona.sources.blocks import blocks


def texts(*pieces: bytes, **options) -> list[bytes]:
    return [block.text for block in blocks(iter(pieces), name="x", **options)]


def test_a_block_ends_with_a_line_wherever_the_pieces_are_cut():
    assert texts(b"a\nb", b"c\nd") == [b"a\n", b"bc\n", b"d"]


def test_a_cr_and_its_lf_are_never_parted():
    assert texts(b"a\r", b"\nb\r", b"\n") == [b"a\r\n", b"b\r\n", b""]


def test_empty_lines_are_held_back_until_more_follows_and_dropped_where_nothing_does():
    assert texts(b"a\n\n", b"\nb\n\n", b"\n") == [b"a\n", b"\n\nb\n", b""]


def test_the_trailer_is_no_part_of_any_block():
    found = list(blocks(iter([b"a\nb\n", b"T\nU\n\n"]), name="x", footer_lines=2))
    assert (b"".join(block.text for block in found), found[-1].footer) == (b"a\nb\n", b"T\nU\n\n")


def test_the_first_block_has_the_lines_that_the_header_may_need():
    assert texts(b"a\n", b"b\n", b"c\n", head_lines=2)[0] == b"a\nb\n"


def test_a_file_without_line_ends_is_refused(monkeypatch):
    monkeypatch.setattr(module, "MAX_LINE", 10)
    with pytest.raises(ExtractError, match="has a line longer than 10 bytes"):
        texts(b"0123456", b"789abc")
