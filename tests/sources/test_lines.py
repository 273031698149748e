import numpy as np
import pytest

from persona.sources.lines import BLANK, BROKEN, NOT_TEXT, NUL, ODD, PLAIN, Dialect, is_trim, scanned


def verdicts(text: bytes, fields: int = 2, **dialect) -> list[int]:
    return scanned(text, Dialect(b",", **dialect), fields=fields).verdict.tolist()


def test_a_record_is_plain_odd_or_broken_by_its_shape():
    text = b'a,b\n"a","b,c"\na,5" x\n"a,b\na\n\na\0,b\n\xff,b\n'
    assert verdicts(text) == [PLAIN, PLAIN, ODD, ODD, BROKEN, BLANK, NUL, NOT_TEXT]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (b'"",""', PLAIN),
        (b'"a""b",c', PLAIN),
        (b'"""a""",c', PLAIN),
        (b'""a,c', ODD),
        (b'"a"b,c', ODD),
        (b'a""b,c', ODD),
        (b' "a",c', ODD),
        (b'"a",c"', ODD),
    ],
)
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r"])
def test_quotes_are_plain_only_at_the_edges_of_a_field_or_doubled_inside(line, verdict, end):
    assert verdicts(line + end) == [verdict]


def test_in_a_multiline_dialect_a_record_goes_on_until_its_quotes_are_closed():
    lines = scanned(b'a,"b\n\nc"\nd,e\n"f', Dialect(b",", multiline=True), fields=2)
    assert lines.numbers.tolist() == [0, 3, 4]
    assert lines.starts.tolist() == [0, 9, 13]
    assert (lines.physical, lines.is_open) == (5, True)


def test_starts_ends_and_nexts_leave_the_line_end_out_and_go_past_it():
    lines = scanned(b"ab\r\nc\rd\nef", Dialect(b","), fields=1)
    spans = np.stack([lines.starts, lines.ends, lines.nexts]).T.tolist()
    assert spans == [[0, 2, 4], [4, 5, 6], [6, 7, 8], [8, 10, 10]]


def test_no_text_has_no_records():
    assert len(scanned(b"", Dialect(b","), fields=2)) == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"a b,c\n", True),
        (b"", True),
        (b" a,c\n", False),
        (b"a ,c\n", False),
        (b"a, c\n", False),
        (b"a,c \n", False),
        (b"a,c\n d,e\n", False),
        (b'a," c"\n', False),
        (b"a,c ", False),
        (b"a\t,c\n", False),
        ("a\u00a0,c\n".encode(), False),
    ],
)
def test_text_is_trim_only_where_no_field_can_have_a_blank_at_its_edge(text, found):
    assert is_trim(text, Dialect(b",")) is found
