import subprocess
import sys

import pytest


def persona(folder, *words):
    done = subprocess.run(
        [sys.executable, "-m", "persona", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """A workspace in which nothing was run yet."""
    folder = tmp_path_factory.mktemp("slips") / "bank"
    assert persona(folder.parent, "init", "bank", "--quiet") == (0, "")
    return folder


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rnu"], "No such command 'rnu'. Did you mean 'run'?"),
        (["run", "--dryrun"], "No such option: --dryrun"),
        (["run", "--as-of", "yesterday"], "--as-of: is no day and no instant Write a day such as 2026-07-01"),
        (["schema", "offr"], "unknown kind of file 'offr' Did you mean 'offer'? Kinds of file: advisor template,"),
        (["approve", "offer:city_brek", "--who", "a", "--role", "b"], "Did you mean 'offer:city_break'?"),
        (["approve", "offer:city_break", "--who", "a"], "an approval needs a person and a role"),
        (["status", "--workspace", "nowhere"], "persona.yaml is not there Make a workspace with `persona init FOLDER`"),
        (["init", "."], "the folder is not empty"),
    ],
)
def test_a_slip_is_told_with_what_was_meant_and_nothing_is_done(bank, words, told):
    before = sorted(path.name for path in bank.iterdir())
    code, said = persona(bank, *words)
    assert code == 2
    assert told in said
    assert "persona: persona" not in said
    assert sorted(path.name for path in bank.iterdir()) == before
