from persona.policy.source import Format
from persona.sources.fixed import records

COLUMNS = {"id": (1, 3), "name": (4, 8)}


def taken(tmp_path, content, **format_):
    (tmp_path / "x.txt").write_bytes(content)
    chunks = list(records(tmp_path / "x.txt", "x.txt", Format(type="fixed", columns=COLUMNS, **format_)))
    return [row for c in chunks for row in c.rows.rows()], [row for c in chunks for row in c.rejects.rows()]


def test_columns_are_cut_by_characters_not_bytes(tmp_path):
    rows, rejects = taken(tmp_path, "001Žluť \n002abcde\n".encode())
    assert rows == [("001", "Žluť ", 1, 0), ("002", "abcde", 2, 11)]
    assert rejects == []


def test_a_line_of_another_length_is_rejected(tmp_path):
    rows, rejects = taken(tmp_path, b"001abcde\n002abc\n003abcdefg\n\n004abcde\n")
    assert [row[0] for row in rows] == ["001", "004"]
    assert [(line, reason) for line, _, _, reason in rejects] == [
        (2, "6 characters, the record has 8"),
        (3, "10 characters, the record has 8"),
        (4, "is empty"),
    ]


def test_ragged_lines_may_end_where_blanks_would_follow(tmp_path):
    rows, rejects = taken(tmp_path, b"001ab\n002abcdef\n", ragged=True)
    assert ([row[:2] for row in rows], len(rejects)) == ([("001", "ab")], 1)


def test_lines_before_and_after_the_records_are_left_out(tmp_path):
    rows, _ = taken(tmp_path, b"HEADER\n001abcde\nTRAILER 1\n", skip_lines=1, footer_lines=1)
    assert rows == [("001", "abcde", 2, 7)]
