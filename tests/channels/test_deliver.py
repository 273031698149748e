import polars as pl
import pytest

from persona.channels.deliver import deliver
from persona.channels.publish import publish
from persona.channels.sealed import Seal
from persona.errors import ComplianceError, WriteError

RUN = "2026-07-01-abc"
NAME = f"delivery/sms/{RUN}_sms_001.csv"
EMPTY = f"delivery/email/{RUN}_email_001.csv"


@pytest.fixture
def set_(tmp_path, messages, workspace, as_of):
    def made(rows=None, mode="automatic", *, is_draft=False):
        return publish(
            tmp_path / "out",
            run_id=RUN,
            as_of=as_of,
            messages=messages("a", None) if rows is None else rows,
            workspace=workspace,
            profiles=(),
            modes={("stay", "sms"): mode},
            facts={},
            seal=Seal(bytes(32)),
            is_draft=is_draft,
        )

    return made


def _delivered(set_, root, **changes):
    return {one.target: one.status for one in deliver(set_.folder, root=root, profiles=(), **changes)}


def test_a_released_file_is_handed_over_byte_for_byte(set_, tmp_path):
    made = set_()
    assert _delivered(made, tmp_path) == {NAME: "handed_off", EMPTY: "handed_off"}
    assert (tmp_path / NAME).read_bytes() == (made.folder / f"sms/{RUN}_sms_001.csv").read_bytes()
    assert [path.name for path in (tmp_path / "delivery/sms").iterdir()] == [f"{RUN}_sms_001.csv"]


def test_a_file_is_handed_over_once(set_, tmp_path):
    made = set_()
    _delivered(made, tmp_path)
    assert _delivered(made, tmp_path)[NAME] == "there already"


def test_a_file_that_the_vendor_took_away_is_not_handed_over_again(set_, tmp_path):
    made = set_()
    _delivered(made, tmp_path)
    (tmp_path / NAME).unlink()
    assert _delivered(made, tmp_path, already={row.sha256 for row in made.files})[NAME] == "there already"
    assert not (tmp_path / NAME).exists()


def test_a_file_that_waits_for_people_stays_until_they_release_it(set_, tmp_path):
    made = set_(mode="manual")
    assert _delivered(made, tmp_path) == {NAME: "waits for release", EMPTY: "handed_off"}
    assert _delivered(made, tmp_path, released=("automatic", "manual"))[NAME] == "handed_off"


def test_a_draft_is_never_delivered(set_, tmp_path):
    with pytest.raises(ComplianceError, match="a draft is never delivered"):
        _delivered(set_(is_draft=True), tmp_path)


def test_a_file_that_is_not_as_it_was_published_does_not_leave(set_, tmp_path):
    made = set_()
    (made.folder / f"sms/{RUN}_sms_001.csv").write_text("x")
    with pytest.raises(WriteError, match="is not what was published"):
        _delivered(made, tmp_path)
    assert list((tmp_path / "delivery/sms").iterdir()) == []


def test_another_file_of_the_name_is_never_written_over(set_, tmp_path):
    (tmp_path / NAME).parent.mkdir(parents=True)
    (tmp_path / NAME).write_text("theirs")
    with pytest.raises(WriteError, match="another file has this name already"):
        _delivered(set_(), tmp_path)
    assert (tmp_path / NAME).read_text() == "theirs"


def test_what_an_interrupted_hand_over_left_is_no_obstacle(set_, tmp_path):
    (tmp_path / NAME).parent.mkdir(parents=True)
    (tmp_path / f"delivery/sms/.{RUN}_sms_001.csv.part").write_text("half")
    assert _delivered(set_(), tmp_path)[NAME] == "handed_off"


@pytest.mark.parametrize("name", ["MANIFEST.json", "_SUCCESS"])
def test_a_set_that_is_not_whole_is_no_set(set_, tmp_path, name):
    made = set_()
    (made.folder / name).unlink()
    with pytest.raises(WriteError, match="no complete set of files"):
        _delivered(made, tmp_path)


def test_rows_that_are_counted_and_not_there_stop_the_hand_over(set_, tmp_path, messages, workspace, as_of):
    made = set_(messages("a", "b").with_columns(channel=pl.lit("sms")))
    path = made.folder / "MANIFEST.json"
    path.write_text(path.read_text().replace('"rows": 2', '"rows": 1'))
    with pytest.raises(WriteError, match="1 rows in files, 2 written"):
        _delivered(made, tmp_path)
