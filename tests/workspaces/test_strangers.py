"""Two extracts that nobody wrote persona for, taken in by YAML alone: see the how-to on onboarding a source."""

import gzip
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from persona.errors import ExtractError
from persona.runs.load import load
from persona.runs.workspace import loaded_policy
from persona.store import Store

WORKSPACE = Path(__file__).parent / "strangers"
AT = datetime.fromisoformat
BOOKED = """\
Sparbank eG;Auszug März 2026;;;;;;;

Belegnr;Kundennr;Konto;Buchungstag;Empfänger/Zahler;Soll;Haben;Währung;Saldo
B1;K7;DE01;02.03.26;Bäcker Groß;1.204,50;-;€;(20,00)
B2;K7;DE01;03.03.26;Gehalt Müller & Söhne;-;2.500,00;EUR;2.480,00 H
B3;K8;DE02;31.03.26;Überweisung;12,5;-;EUR;7,50 S
Summe;3;;;;;;;
"""
REDEEMED = (
    "n\tuser\tts\twhat\tpoints\tcents\tnote\n"
    '1\tK7\t1774648800000\tA\t500\t12550\t"two\nnights in ""Rome"""\n'
    "2\tK8\t1774652400500\tG\t80\t799\t\n"
)


@pytest.fixture
def bank(tmp_path):
    root = tmp_path / "bank"
    shutil.copytree(WORKSPACE, root)
    (root / "extracts").mkdir()
    (root / "extracts/umsaetze_310326.csv").write_bytes(BOOKED.replace("\n", "\r\n").encode("cp1252"))
    (root / "extracts/umsaetze_310326.ctl").write_text("rows=3\nsum=1.283,00\n")
    (root / "extracts/points-2026090.tsv.gz").write_bytes(gzip.compress(REDEEMED.encode(), mtime=0))
    return root


def found(root, table, *names):
    policy = loaded_policy(root)
    with Store.open(root, policy.workspace) as store:
        summary = load(policy, store, root=root, progress=lambda *_: None).frame()
        lines = {name: (lines, taken) for name, lines, taken in summary.select("source", "lines", "loaded").iter_rows()}
        return lines, store.scan(table).select(names).sort(names[0]).collect().rows()


def test_a_german_statement_with_split_columns_signs_and_a_trailer_is_taken_in(bank):
    names = ("txn_id", "customer_id", "booked_at", "amount_minor", "balance_minor", "currency", "merchant", "category")
    lines, rows = found(bank, "transactions", *names)
    assert lines == {"points": (2, 2), "umsaetze": (3, 3)}
    assert rows == [
        ("B1", "K7", AT("2026-03-01T23:00:00"), -120_450, -2_000, "EUR", "Bäcker Groß", "groceries"),
        ("B2", "K7", AT("2026-03-02T23:00:00"), 250_000, 248_000, "EUR", "Gehalt Müller & Söhne", None),
        ("B3", "K8", AT("2026-03-30T22:00:00"), -1_250, -750, "EUR", "Überweisung", None),
    ]


def test_tabs_milliseconds_cents_and_notes_over_two_lines_are_taken_in(bank):
    _, rows = found(bank, "redemptions", "redemption_id", "customer_id", "at", "points", "value_minor", "kind")
    assert rows == [
        ("1", "K7", AT("2026-03-27T22:00:00"), 500, 12_550, "travel"),
        ("2", "K8", AT("2026-03-27T23:00:00.500"), 80, 799, "gift"),
    ]


def test_a_statement_without_its_trailer_was_cut_short(bank):
    path = bank / "extracts/umsaetze_310326.csv"
    path.write_bytes(path.read_bytes().replace(b"Summe;3;;;;;;;\r\n", b""))
    with pytest.raises(ExtractError, match="its last 1 lines do not begin with 'Summe'"):
        found(bank, "transactions", "txn_id")
