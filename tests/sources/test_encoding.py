import pytest

from persona.errors import ExtractError, PolicyError
from persona.sources.encoding import as_utf8, is_single_byte


def whole(content: bytes, encoding: str, size: int = 3) -> bytes:
    pieces = (content[start : start + size] for start in range(0, len(content), size))
    return b"".join(as_utf8(pieces, encoding, name="x.csv"))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1250", "iso8859-2", "utf-16", "utf-16-le", "utf-32", "mac_latin2"])
def test_text_is_the_same_in_any_encoding_wherever_its_bytes_are_cut(encoding):
    assert whole("žluť\n".encode(encoding), encoding) == "žluť\n".encode()


def test_what_an_encoding_does_not_know_becomes_what_is_no_utf8():
    with pytest.raises(UnicodeDecodeError):
        whole(b"a\x81b\n", "cp1252").decode()


def test_utf16_without_its_mark_is_refused():
    with pytest.raises(ExtractError, match="is not text in the declared encoding"):
        whole("abcd".encode("utf-16-le"), "utf-16")


@pytest.mark.parametrize(("encoding", "message"), [("latin-99", "unknown encoding"), ("rot13", "no encoding of text")])
def test_an_encoding_that_is_none_is_an_error_of_the_policy(encoding, message):
    with pytest.raises(PolicyError, match=message):
        whole(b"a", encoding)


def test_characters_tell_where_bytes_stand_only_in_encodings_of_single_bytes():
    assert [is_single_byte(one) for one in ("cp1252", "cp037", "utf-16", "shift_jis")] == [True, True, False, False]


@pytest.mark.parametrize("encoding", ["cp1252", "iso8859-15", "cp1250", "ascii"])
def test_utf8_that_is_said_to_be_one_byte_a_letter_is_refused_and_not_read_as_other_letters(encoding):
    with pytest.raises(ExtractError, match="is UTF-8"):
        whole("Jürgen\nplain\n".encode(), encoding)


def test_letters_that_are_not_those_of_utf8_are_read_as_said():
    assert whole("Jürgen\nÃ¼\n".encode("cp1252"), "cp1252") == "Jürgen\nÃ¼\n".encode()
