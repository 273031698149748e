import pytest

from persona.policy.source import Format
from persona.sources.jsonl import records


def taken(tmp_path, content):
    (tmp_path / "x.jsonl").write_bytes(content)
    chunks = list(records(tmp_path / "x.jsonl", "x.jsonl", Format(type="jsonl")))
    rows = [row for c in chunks for row in c.rows.drop("_line", "_byte").rows(named=True)]
    return rows, [(line, reason) for c in chunks for line, _, _, reason in c.rejects.rows()]


def test_numbers_stay_as_written_and_members_of_members_have_dotted_names(tmp_path):
    rows, rejects = taken(tmp_path, b'{"a": 1.10, "b": {"c": true, "d": null}, "e": ["x", 1]}\n')
    assert rows == [{"a": "1.10", "b.c": "true", "b.d": None, "e": '["x", "1"]'}]
    assert rejects == []


def test_an_absent_member_is_null(tmp_path):
    assert taken(tmp_path, b'{"a": "x"}\n{"b": "y"}\n')[0] == [{"a": "x", "b": None}, {"a": None, "b": "y"}]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a": 1', "is not JSON"),
        (b'{"a": NaN}', "is not JSON"),
        (b'{"a": 1}, {"a": 2}', "is not JSON"),
        (b'{"a": 1}, 1000000000000000, {"a": 2}', "is not JSON"),
        (b"[1]", "is not a JSON object"),
        (b'{"a": 1, "a": 2}', "a member stands twice in an object"),
        (b'{"a.b": 1, "a": {"b": 2}}', "a member stands twice in an object"),
        (b"[" * 100_000, "is not JSON"),
        (b"", "is empty"),
        (b'{"a": "\xff"}', "is not text in the declared encoding"),
    ],
)
def test_a_line_that_is_no_object_is_rejected_and_its_neighbours_stay(tmp_path, line, reason):
    assert taken(tmp_path, b'{"a": 1}\n' + line + b'\n{"a": 3}\n') == ([{"a": "1"}, {"a": "3"}], [(2, reason)])


def test_an_object_that_is_cut_in_two_lines_is_none_even_where_the_lines_together_are_one(tmp_path):
    content = b'{"a": [{"b": 1}\n{"b": 2}]}\n{"a": 1}, {"a": 2}\n{"a": 3}\n'
    why = "is not JSON"
    assert taken(tmp_path, content) == ([{"a": "3"}], [(1, why), (2, why), (3, why)])
