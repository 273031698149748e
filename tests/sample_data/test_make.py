import gzip
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).parents[2]
MAKE = ROOT / "sample_data" / "make.py"
SMALL = ("--customers", "50", "--months", "12", "--seed", "7")


def made(out: Path, *options: str, **surroundings: str) -> Path:
    command = [sys.executable, str(MAKE), *SMALL, *options, "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **surroundings})
    return out


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("bank"))


def text_of(path: Path, encoding: str) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode(encoding)


def cards(bank: Path, day: str) -> pl.DataFrame:
    text = text_of(bank / "extracts" / f"cards_transactions_{day}.csv.gz", "utf-8")
    return pl.read_csv(text.encode(), infer_schema=False)


def core(bank: Path, table: str, day: str, ending: str = "csv") -> pl.DataFrame:
    text = text_of(bank / "extracts" / f"core_{table}_{day}.{ending}", "cp1252")
    return pl.read_csv(text.encode(), separator=";", infer_schema=False)


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_options_give_the_same_bytes_whatever_the_machine_is_set_to(bank, tmp_path):
    elsewhere = made(
        tmp_path, TZ="Pacific/Auckland", LC_ALL="C", PYTHONHASHSEED="5", POLARS_MAX_THREADS="1", OMP_NUM_THREADS="1"
    )
    assert hashes(elsewhere) == hashes(bank)


def test_another_seed_makes_another_bank(bank, tmp_path):
    other = hashes(made(tmp_path, "--seed", "8"))
    assert other.keys() == hashes(bank).keys()
    assert other["extracts/core_customers_2025-12-31.csv"] != hashes(bank)["extracts/core_customers_2025-12-31.csv"]


@pytest.mark.parametrize("months", ["1", "4"])
def test_a_bank_of_few_months_has_what_its_months_hold(months, tmp_path):
    extracts = made(tmp_path, "--months", months) / "extracts"
    assert len(list(extracts.glob("core_bookings_*.csv.gz"))) == int(months)


def test_extra_days_add_files_and_change_none(bank, tmp_path):
    longer = hashes(made(tmp_path, "--extra-days", "1"))
    assert longer.items() >= hashes(bank).items()
    assert longer.keys() - hashes(bank).keys() == {
        "extracts/cards_transactions_2026-01-01.csv.gz",
        "extracts/core_bookings_2026-01-01.csv.gz",
        "extracts/core_bookings_2026-01-01.ctl",
    }


def test_the_first_three_core_files_lack_a_column_and_name_another_differently(bank):
    names = {day: core(bank, "bookings", day, "csv.gz").columns for day in ("2025-03-31", "2025-04-30")}
    assert set(names["2025-04-30"]) - set(names["2025-03-31"]) == {"LAND", "BELEGNR"}
    assert set(names["2025-03-31"]) - set(names["2025-04-30"]) == {"BELEG"}


def test_the_balance_of_every_account_runs_on_from_month_to_month(bank):
    days = ("2025-05-31", "2025-06-30", "2025-07-31")
    rows = pl.concat([core(bank, "bookings", day, "csv.gz") for day in days])
    amount, balance = (pl.col(name).str.replace(",", "").cast(pl.Int64) for name in ("BETRAG", "SALDO"))
    steps = rows.select("KONTO", amount=amount, step=balance.diff().over("KONTO")).drop_nulls("step")
    assert steps.filter(pl.col("step") != pl.col("amount")).height == 0
    assert steps.height > 300


def test_a_control_file_tells_the_rows_the_sum_and_the_hash_of_its_extract(bank):
    extract = bank / "extracts" / "core_bookings_2025-06-30.csv.gz"
    rows = core(bank, "bookings", "2025-06-30", "csv.gz")
    total = rows["BETRAG"].str.replace(",", ".").cast(pl.Decimal(18, 2)).sum()
    told = extract.with_name("core_bookings_2025-06-30.ctl").read_text().splitlines()
    assert told == [f"rows={rows.height}", f"sum={total}", f"sha256={sha256(extract.read_bytes()).hexdigest()}"]


def test_the_planted_faults_are_as_many_as_the_truth_says(bank):
    told = pl.read_csv(bank / "truth" / "faults.csv")
    broken = cards(bank, "2025-05-31").filter(pl.col("AmountMinor").str.to_integer(strict=False).is_null()).height
    impossible = cards(bank, "2025-08-31").filter(pl.col("PostedAt").str.contains("-02-30T")).height
    unmapped = cards(bank, "2025-09-30").filter(pl.col("MerchantCategory").is_in(["0000", "2999"])).height
    late = cards(bank, "2025-12-31").filter(pl.col("PostedAt") < "2025-12").height
    twice = cards(bank, "2025-02-28")
    people = core(bank, "customers", "2025-12-31")
    counted = {
        "amount is no number": broken,
        "day that does not exist": impossible,
        "merchant code of no category": unmapped,
        "booked two months before it was delivered": late,
        "row repeated exactly": twice.height - twice.n_unique(),
        "no date of birth": people["GEBDAT"].null_count(),
        "e-mail without @": people.filter(~pl.col("EMAIL").str.contains("@")).height,
        "phone number in another format": people.filter(pl.col("MOBIL").str.starts_with("00")).height,
        "account that nobody holds": core(bank, "bookings", "2025-09-30", "csv.gz")
        .join(core(bank, "holders", "2025-12-31"), on="KONTO", how="anti")
        .height,
    }
    assert counted == {fault: count for fault, count in told.select("fault", "rows").iter_rows() if fault in counted}
    events = text_of(bank / "extracts" / "digital_events_2025-10-31.jsonl.gz", "utf-8").splitlines()
    assert sum(not line.endswith("}") for line in events) == 1
    again = [
        (bank / "extracts" / f"cards_transactions_{day}.csv.gz").read_bytes() for day in ("2025-08-31", "2025-09-02")
    ]
    assert again[0] == again[1]
    assert told.height == len(counted) + 2


def test_addresses_and_numbers_can_reach_nobody(bank):
    people = core(bank, "customers", "2025-12-31")
    assert people["EMAIL"].drop_nulls().str.contains(r"[@.]example\.(com|org)$").all()
    free = ["03023125", "06990009", "04066969", "02214710", "08999998", "0049 (0)30 23125"]
    assert people["MOBIL"].drop_nulls().str.contains("^(" + "|".join(free).replace("(0)", r"\(0\)") + ")").all()


def test_no_source_reads_the_truth():
    texts = [path.read_text() for path in sorted((ROOT / "rules").rglob("*.yaml"))]
    assert len(texts) > 20
    assert not [text for text in texts if "truth" in text]


def test_the_held_out_were_sent_nothing(bank):
    days = ("2025-09-30", "2025-10-31", "2025-11-30", "2025-12-31")
    told = pl.concat([pl.read_csv(bank / "extracts" / f"crm_outcomes_{day}.csv", infer_schema=False) for day in days])
    truth = pl.read_csv(bank / "truth" / "customers.csv").filter("held_out")["customer_id"].to_list()
    assert set(told.filter(pl.col("cell") == "H")["customer"]) <= set(truth)
    assert told.filter(pl.col("customer").is_in(truth) & ~pl.col("happened").is_in(["ghost", "accepted"])).height == 0
