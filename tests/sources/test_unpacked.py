import gzip

import pytest
import zstandard

from persona.errors import ExtractError
from persona.sources import unpacked
from persona.sources.unpacked import pieces

CONTENT = b"".join(b"%d;row\n" % number for number in range(20_000))


def taken(tmp_path, name, content, compression="by_name"):
    (tmp_path / name).write_bytes(content)
    return b"".join(pieces(tmp_path / name, name, compression))


@pytest.mark.parametrize(
    ("name", "packed"),
    [("x.csv", CONTENT), ("x.csv.gz", gzip.compress(CONTENT)), ("x.csv.zst", zstandard.compress(CONTENT))],
)
def test_the_name_tells_how_a_file_is_packed(tmp_path, name, packed):
    assert taken(tmp_path, name, packed) == CONTENT


def test_several_packed_parts_one_behind_another_are_one_file(tmp_path):
    assert taken(tmp_path, "x.gz", gzip.compress(b"a\n") + gzip.compress(b"b\n")) == b"a\nb\n"
    assert taken(tmp_path, "x.zst", zstandard.compress(b"a\n") + zstandard.compress(b"b\n")) == b"a\nb\n"


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
@pytest.mark.parametrize(("name", "pack"), [("x.gz", gzip.compress), ("x.zst", zstandard.compress)])
def test_a_packed_file_that_is_cut_is_refused(tmp_path, name, pack, kept):
    packed = pack(CONTENT)
    with pytest.raises(ExtractError, match=r"x\.\w+: is cut short"):
        taken(tmp_path, name, packed[: int(len(packed) * kept)])


@pytest.mark.parametrize(("name", "pack"), [("x.gz", gzip.compress), ("x.zst", zstandard.compress)])
def test_a_packed_file_that_is_damaged_is_refused(tmp_path, name, pack):
    packed = bytearray(pack(CONTENT))
    packed[len(packed) // 2] ^= 0xFF
    try:
        assert taken(tmp_path, name, bytes(packed)) != CONTENT
    except ExtractError as error:
        assert error.what.startswith("is ")  # noqa: PT017 - a flip in zstd without checksum may pass


def test_a_plain_file_that_is_said_to_be_packed_is_refused(tmp_path):
    with pytest.raises(ExtractError, match="does not unpack as gzip"):
        taken(tmp_path, "x.csv", CONTENT, "gz")


def test_a_bomb_is_refused_before_it_fills_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacked, "FREE_BYTES", 1 << 20)
    with pytest.raises(ExtractError, match="unpacks to more than 250 times its size"):
        taken(tmp_path, "x.gz", gzip.compress(b"0" * (8 << 20)))
