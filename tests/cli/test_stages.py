"""Each command works what it needs and only that, and a dry run leaves no trace outside the state."""

from datetime import timedelta

from fakes import bank, nights

from persona.runs.nightly import STEPS

DAY = bank.NEWEST + timedelta(days=1)


def steps(first, last):
    """The names of the steps of a night from one to another."""
    names = [step.name for step in STEPS]
    return names[names.index(first) : names.index(last) + 1]


def ran(root, *argv):
    """The steps that a command worked, as it says."""
    return nights.persona(root, *argv, "--json").json["ran"]


def loaded(root):
    """The names of the files that were taken in."""
    with nights.opened(root) as store:
        return sorted(store.deliveries()["name"])


def test_each_command_works_only_what_is_not_there_yet(fresh):
    assert nights.persona(fresh, "load").code == 0
    assert ran(fresh, "segment") == steps("customers", "segments")
    assert ran(fresh, "segment") == []
    assert ran(fresh, "score") == steps("customers", "price models")[len(steps("customers", "segments")) :]
    assert ran(fresh, "decide") == steps("watched", "decisions")
    assert ran(fresh, "decide") == ran(fresh, "score") == []


def test_a_stage_works_all_that_comes_before_it_in_a_new_workspace(fresh):
    assert ran(fresh, "decide") == steps("customers", "decisions")
    assert len(loaded(fresh)) == 10


def test_a_stage_after_a_load_does_not_load_again(after):
    before = loaded(after)
    bank.deliver(after, DAY, days=1)
    assert ran(after, "segment", "--as-of", "2026-07-01") == []
    assert loaded(after) == before


def test_a_stage_says_which_files_it_does_not_rest_on(after):
    bank.deliver(after, DAY, days=1)
    told = {argv: nights.persona(after, *argv).out for argv in (("segment",), ("score",), ("decide",))}
    late = "! 5 files are not loaded yet, or by other rules than now: persona load"
    assert [argv for argv, said in told.items() if late not in said] == []
    asked = nights.persona(after, "decide", "--as-of", "2026-07-01", "--json")
    assert (asked.code, asked.json["files_not_loaded"]) == (0, 0)
    assert "not loaded yet" not in nights.persona(after, "decide", "--known-at", "2026-07-01").out


def test_a_stage_says_which_files_were_taken_in_by_other_rules(after):
    path = after / "rules/sources/cards.yaml"
    path.write_text(path.read_text() + "where: \"amount <> '0'\"\n")
    told = nights.persona(after, "score", "--json")
    files = len([name for name in loaded(after) if "cards_" in name])
    assert (told.code, told.json["files_not_loaded"]) == (0, files)
    assert nights.persona(after, "load").code == 0
    assert nights.persona(after, "score", "--json").json["files_not_loaded"] == 0


def test_other_rules_work_only_what_obeys_them(after):
    path = after / "rules/contact.yaml"
    path.write_text(path.read_text().replace("days: 60}", "days: 61}"))
    assert ran(after, "score") == ["inclination models", "inclinations"]
    assert ran(after, "decide") == ["permissions", "decisions"]


def test_another_instant_works_everything_anew(after):
    assert "signals" in ran(after, "segment", "--as-of", "2026-06-20")


def test_what_a_stage_worked_is_told_in_a_line(fresh):
    told = nights.persona(fresh, "segment").out
    assert f"Worked: {', '.join(steps('customers', 'segments'))}." in told
    assert "Worked: nothing, all of it was there." in nights.persona(fresh, "segment").out


def test_segments_alone_have_no_night_before_and_say_so(fresh):
    said = "Nothing to compare with: no finished run before 2026-07-01. `persona run` keeps one."
    assert said in nights.persona(fresh, "segment").out
    assert nights.persona(fresh, "segment", "--json").json["night_before"] is None
    assert nights.persona(fresh, "segment", "--as-of", "2026-07-08").out.count("no finished run before 2026-07-08") == 1
    run_id = nights.persona(fresh, "run", "--json").json["run_id"]
    assert nights.persona(fresh, "segment", "--as-of", "2026-07-08", "--json").json["night_before"] == run_id
    assert "Nothing to compare with" not in nights.persona(fresh, "segment", "--as-of", "2026-07-08").out


def test_deciding_contacts_nobody_and_publishes_nothing(fresh):
    assert nights.persona(fresh, "decide", "--quiet").code == 0
    assert nights.ledger(fresh)["contacts"] == []
    assert nights.published(fresh) == {}


def days(root):
    """The days of the files that were taken in."""
    with nights.opened(root) as store:
        return sorted({str(day) for day in store.deliveries()["delivered_on"]})


def test_load_takes_in_what_was_delivered_before_the_day_that_is_named(fresh):
    told = nights.persona(fresh, "load", "--as-of", "2026-06-30")
    assert told.code == 0
    assert "Left for later: 5 files that were delivered on 2026-06-30 or after." in told.out
    assert days(fresh) == ["2026-05-31"]
    assert nights.persona(fresh, "load", "--as-of", "2026-07-01", "--json").json["later"] == 0
    assert days(fresh) == ["2026-05-31", "2026-06-30"]


def test_deliver_and_explain_speak_of_the_night_of_the_instant_that_is_named(fresh):
    earlier, newest = (
        nights.persona(fresh, "run", "--as-of", day, "--json").json["run_id"] for day in ("2026-06-20", "2026-07-01")
    )
    for as_of, run_id in (("2026-06-20", earlier), ("2026-07-01", newest)):
        assert nights.persona(fresh, "deliver", "--as-of", as_of, "--json").json["run_id"] == run_id
        assert nights.persona(fresh, "explain", "K001", "--as-of", as_of, "--json").json["run_id"] == run_id
    assert [
        row["run_id"] for row in nights.persona(fresh, "status", "--as-of", "2026-06-20", "--json").json["runs"]
    ] == [earlier]


def test_a_night_that_there_was_not_is_no_night_to_deliver_or_to_name(after):
    nobody = nights.persona(after, "deliver", "--as-of", "2026-06-19")
    assert (nobody.code, nobody.out) == (2, "")
    assert "no night as of 2026-06-19T00:00:00+02:00 is finished" in nobody.err
    newest = nights.persona(after, "explain", "K001", "--json").json["run_id"]
    other = nights.persona(after, "explain", "K001", "--run", newest, "--as-of", "2026-06-19")
    assert (other.code, f"unknown run '{newest}'" in other.err) == (2, True)
    would = nights.persona(after, "explain", "K001", "--as-of", "2026-06-19").out
    assert "not run yet: this is what it would decide" in would


def outside(root):
    """All that lies outside the state folder, folders too."""
    kept = [path for path in sorted(root.rglob("*")) if path.relative_to(root).parts[0] != "state"]
    return [(str(path), path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in kept]


def test_a_dry_run_writes_nothing_outside_the_state_and_the_night_after_it_is_the_same(fresh):
    before = outside(fresh)
    told = nights.persona(fresh, "run", "--dry-run")
    assert told.code == 0
    assert "messages for 60 customers, planned only." in told.out
    assert outside(fresh) == before
    books = nights.ledger(fresh)
    assert (books["contacts"], books["runs"], books["arms"]) == ([], [], [])
    assert nights.persona(fresh, "run", "--quiet").code == 0
    assert nights.published(fresh) == nights.expected_files()
    assert nights.ledger(fresh) == nights.expected_books()


def test_a_dry_run_makes_no_key_and_says_who_does(fresh):
    none = {"PERSONA_VAULT_KEY": ""}
    before = outside(fresh)
    refused = nights.persona(fresh, "run", "--dry-run", env=none)
    assert (refused.code, refused.out) == (2, "")
    assert "vault.key: there is no key for the vault yet" in refused.err
    assert "run `persona load` first" in refused.err
    assert outside(fresh) == before
    assert nights.persona(fresh, "load", "--quiet", env=none).code == 0
    assert (fresh / "vault.key").stat().st_mode & 0o777 == 0o600
    assert nights.persona(fresh, "run", "--dry-run", "--quiet", env=none).code == 0


def test_a_dry_run_leaves_what_a_killed_night_left_outside_the_state(fresh):
    (fresh / "out/.tmp-2026-01-15-00000000").mkdir(parents=True)
    before = outside(fresh)
    assert nights.persona(fresh, "run", "--dry-run", "--quiet").code == 0
    assert outside(fresh) == before
    assert nights.persona(fresh, "load", "--quiet").code == 0
    assert list((fresh / "out").iterdir()) == []


def test_a_draft_shows_what_is_not_approved_and_is_never_delivered(fresh):
    (fresh / "approvals.yaml").unlink()
    assert nights.persona(fresh, "render").code == 5
    told = nights.persona(fresh, "render", "--draft", "--json").json
    folder = fresh / "out" / f"{told['run_id']}-draft"
    assert (folder / "_SUCCESS").is_file()
    assert not (fresh / "out/latest").exists()
    assert nights.ledger(fresh)["contacts"] == []
    for argv in (("deliver",), ("deliver", folder.name)):
        refused = nights.persona(fresh, *argv)
        assert refused.code in {2, 5}
    assert nights.tree(fresh, "delivery") == {}
