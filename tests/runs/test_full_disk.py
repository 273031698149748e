"""A disk that takes no more: told with exit code 6, and the night goes on when there is room, with the same bytes."""

import resource
from datetime import timedelta

import pytest
from fakes import bank, nights

DAY = bank.NEWEST + timedelta(days=1)
PLACES = (0.02, 0.2, 0.55, 0.8, 0.88, 0.92, 0.96, 0.99)
QUICK = {0.2, 0.8, 0.92}


@pytest.mark.parametrize(
    "place", [pytest.param(place, marks=() if place in QUICK else pytest.mark.slow) for place in PLACES]
)
def test_a_full_disk_is_told_and_the_night_ends_with_the_same_bytes_when_there_is_room(fresh, place):
    full = nights.persona(fresh, "run", full_at=round(nights.acts() * place))
    assert full.code == 6, full.err
    assert "No space left on device" in full.err
    assert "Traceback" not in full.err
    assert "canary" not in full.err
    assert [path.name for path in (fresh / "out").glob("[!.]*")] in ([], [path.name for path in sets(fresh)])
    assert nights.persona(fresh, "run", "--quiet").code == 0
    assert nights.published(fresh) == nights.expected_files()
    assert nights.ledger(fresh) == nights.expected_books()


def sets(root):
    """The published sets and the link to the newest."""
    return [path for path in (root / "out").glob("[!.]*") if (path / "_SUCCESS").is_file()]


@pytest.mark.parametrize("kilobytes", [16, *(pytest.param(size, marks=pytest.mark.slow) for size in (4, 8, 32))])
def test_a_file_that_may_not_grow_costs_nothing_of_the_night_before(after, kilobytes):
    bank.deliver(after, DAY, days=1)
    files, books = nights.published(after), nights.ledger(after)

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))

    ended = nights.alone(after, "run", preexec_fn=limited)
    assert ended.returncode == 6, ended.stderr
    assert "Traceback" not in ended.stderr
    assert nights.published(after) == files
    left = nights.ledger(after)
    assert [name for name in ("contacts", "runs") if not set(books[name]) <= set(left[name])] == []
    assert nights.persona(after, "run", "--quiet").code == 0


def test_a_folder_that_may_not_be_written_is_told(after):
    bank.deliver(after, DAY, days=1)
    files = nights.published(after)
    (after / "out").rename(after / "out_of_the_way")
    (after / "out").write_text("a file stands where the folder should be")
    ended = nights.persona(after, "run")
    assert (ended.code, ended.out) == (6, "")
    assert "out" in ended.err
    (after / "out").unlink()
    (after / "out_of_the_way").rename(after / "out")
    assert nights.published(after) == files
    assert nights.persona(after, "run", "--quiet").code == 0
