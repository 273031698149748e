"""What is past its retention goes, what the law wants kept stays, and the night goes on."""

import json
from hashlib import sha256

import pytest
from fakes import nights

from persona.errors import ContractError

LATER = "2027-07-01"


def retention(root, text):
    path = root / "persona.yaml"
    path.write_text(path.read_text() + f"retention: {text}\n")


def purged(root, *argv):
    ended = nights.persona(root, "purge", "--json", *argv)
    assert ended.code == 0, ended.err
    return {one["what"]: (one["gone"], one["kept"]) for one in ended.json["things"]}


def run_id(root):
    return (root / "out/latest").readlink().name


def test_nothing_goes_before_its_time(after):
    before = nights.tree(after, "state/facts", "out", "delivery")
    assert set(purged(after).values()) == {(0, 0)}
    assert nights.tree(after, "state/facts", "out", "delivery") == before


def test_tables_of_the_workspace_go_by_its_own_days_and_the_next_night_runs(after):
    retention(after, "{tables: {transactions: 20, events: null}}")
    assert purged(after, "--dry-run")["transactions"] == (gone := purged(after)["transactions"])
    assert gone[0] > 0
    assert "events" not in purged(after)
    assert nights.persona(after, "run", "--as-of", "2026-07-02", "--quiet").code == 0


def test_a_set_of_files_leaves_a_tombstone_that_names_its_manifest(after):
    retention(after, "{output_days: 30}")
    name = run_id(after)
    manifest = (after / "out" / name / "MANIFEST.json").read_bytes()
    files = json.loads(manifest)["files"]
    assert purged(after, "--as-of", LATER)["sets of files"] == (len(files), 0)
    assert nights.tree(after, "delivery") == {}
    assert [path for path in nights.tree(after, "out") if path != "out/latest"] == [f"out/{name}/TOMBSTONE.json"]
    told = json.loads((after / "out" / name / "TOMBSTONE.json").read_bytes())
    assert told["manifest_sha256"] == sha256(manifest).hexdigest()
    assert [one["sha256"] for one in told["files"]] == [one["sha256"] for one in files]
    assert purged(after, "--as-of", LATER)["sets of files"] == (0, 0)


def test_prescreened_offers_keep_files_and_decisions_for_25_months(after):
    retention(after, "{output_days: 30, decision_days: 30, prescreened: [travel]}")
    there = purged(after, "--as-of", LATER)
    assert (there["sets of files"][0], there["decisions"][0]) == (0, 0)
    assert there["sets of files"][1] > 0
    last_day = purged(after, "--as-of", "2028-08-01")
    assert (last_day["sets of files"][0], last_day["decisions"][0]) == (0, 0)
    long_after = purged(after, "--as-of", "2028-08-02")
    assert long_after["sets of files"][0] > 0
    assert long_after["decisions"][0] > 0


def test_a_legal_hold_keeps_the_rows_of_its_customer_and_the_files_that_name_him(after):
    retention(after, "{tables: {transactions: 1}, output_days: 30, holds: holds.csv}")
    with nights.opened(after) as store:
        told = store.contacts().row(0, named=True)["customer_no"]
        who = dict(store.crosswalk().select("customer_no", "customer_id").iter_rows())[told]
    (after / "holds.csv").write_text(f"customer_id,reason,until\n{who},case 7,\nK999,gone,2026-01-01\n")
    there = purged(after, "--as-of", LATER)
    assert there["sets of files"][0] == 0
    with nights.opened(after) as store:
        left = store.scan("transactions").collect()["customer_id"].unique().to_list()
    assert (left, there["transactions"][1] > 0) == ([who], True)


@pytest.mark.parametrize("text", [None, "who,why\nK1,case\n", "customer_id,reason,until\nK1,case,soon\n"])
def test_holds_that_cannot_be_read_stop_the_purge(after, text):
    retention(after, "{tables: {transactions: 1}, holds: holds.csv}")
    if text:
        (after / "holds.csv").write_text(text)
    before = nights.tree(after, "state/facts")
    ended = nights.persona(after, "purge")
    assert (ended.code, "holds.csv" in ended.err) == (2, True)
    assert nights.tree(after, "state/facts") == before


def test_a_table_that_does_not_exist_is_refused_where_it_stands(after):
    retention(after, "{tables: {transaction: 1}}")
    ended = nights.persona(after, "purge")
    assert (ended.code, "transaction is no table" in ended.err) == (2, True)


def test_the_delivery_folders_have_days_of_their_own(after):
    retention(after, "{delivery_days: 10}")
    before = nights.tree(after, "out")
    assert purged(after, "--as-of", "2026-09-01")["drop folders"][0] > 0
    assert nights.tree(after, "delivery") == {}
    assert nights.tree(after, "out") == before
    assert nights.persona(after, "deliver").code == 0
    assert nights.tree(after, "delivery") == {}


def evidence(root, name, run):
    with nights.opened(root) as store:
        return set(store.evidence(run, name).collect()["customer_no"].to_list())


def test_of_who_is_held_what_a_night_read_stays_when_all_others_goes(after):
    first = run_id(after)
    with nights.opened(after) as store:
        who, number = store.crosswalk().select("customer_id", "customer_no").row(7)
    retention(after, "{evidence_nights: 1, holds: holds.csv}")
    (after / "holds.csv").write_text(f"customer_id,reason\n{who},case 7\n")
    assert len(evidence(after, "profile", first)) > 1
    for day in ("2026-07-02", "2026-07-03"):
        assert nights.persona(after, "run", "--as-of", day, "--quiet").code == 0
        assert evidence(after, "profile", first) == {number}
        assert len(evidence(after, "decisions", first)) > 1
    (after / "holds.csv").write_text("customer_id,reason\n")
    assert nights.persona(after, "run", "--as-of", "2026-07-04", "--quiet").code == 0
    with pytest.raises(ContractError, match="nothing is kept"):
        evidence(after, "profile", first)


def test_nothing_of_a_night_goes_while_the_list_of_holds_cannot_be_read(after):
    first = run_id(after)
    retention(after, "{evidence_nights: 1, holds: holds.csv}")
    assert nights.persona(after, "run", "--as-of", "2026-07-02", "--quiet").code == 0
    assert len(evidence(after, "profile", first)) > 1


def test_a_hold_on_an_id_that_nobody_has_is_told(after):
    retention(after, "{holds: holds.csv}")
    (after / "holds.csv").write_text("customer_id,reason\nK001,case 7\nK00l,case 8\n")
    ended = nights.persona(after, "purge")
    assert (ended.code, "! 1 ids under legal hold are nobody's" in ended.out) == (0, True)
