import pytest
from fakes.smallest import written

from persona.cli.load import load
from persona.errors import ExtractError

PEOPLE = """\
source: people
files: "people_{date:%Y-%m-%d}.csv"
into: customers
delivery: snapshot
key: [who]
columns: {customer_id: {from: who}}
"""


def test_what_came_in_is_shown_before_what_could_not_be_accepted(tmp_path, capsys):
    files = {"people_2026-06-30.csv": "who\nA\nB\n", "people_2026-07-01.csv": "who\n"}
    written(tmp_path, **{"rules/sources/people.yaml": PEOPLE}, **files)
    with pytest.raises(ExtractError, match=r"people_2026-07-01.csv: brings 0 rows"):
        load(workspace=tmp_path)
    shown = capsys.readouterr().out
    assert "people  customers          1      0      2       2" in shown
    assert "Next:" not in shown
