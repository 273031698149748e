import hashlib
import json

import pytest

from persona.errors import ExtractError

RULES = {
    "into": "transactions",
    "control": "x.ctl",
    "format": {"delimiter": ";", "decimal": ",", "thousands": "."},
    "columns": {
        "customer_id": {"from": "who"},
        "booked_at": {"from": "at"},
        "amount_minor": {"from": "amount", "minor_units": 2, "sign": "debit_positive"},
    },
    "where": "who <> 'X'",
}
CONTENT = b"who;at;amount\nK;2026-03-01;1.200,50\nX;2026-03-01;0,50\n"
SHA = hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize(
    "control",
    [
        "rows=2\nsum=1201,00\n",
        "ROWS;2\nSUM;1.201,00\n",
        f"sha256: {SHA}",
        f"{SHA}  x.csv\n",
        json.dumps({"rows": 2, "sum": "1201,00", "by": "core"}),
        "file x.csv\nrows 2\n",
    ],
)
def test_a_file_that_is_as_announced_is_taken_with_all_that_is_filtered_counted(taken, tmp_path, control):
    (tmp_path / "x.ctl").write_text(control)
    done = taken(CONTENT, **RULES)
    assert (done.lines, done.rows.height, done.filtered) == (2, 1, 1)


@pytest.mark.parametrize(
    ("control", "message"),
    [
        ("rows=3", "3 rows were announced and 2 are there"),
        ("sum=1200,50", "the sum of the amounts is another"),
        ("sha256=" + "0" * 64, "its sha256 is another"),
        ("hello", "says nothing of rows, sum or sha256"),
        ("rows=many", "has a number that is none"),
    ],
)
def test_a_file_that_is_another_than_announced_is_refused(taken, tmp_path, control, message):
    (tmp_path / "x.ctl").write_text(control)
    with pytest.raises(ExtractError, match=message):
        taken(CONTENT, **RULES)


@pytest.mark.parametrize("total", ["1200,00 S", "1.200,00S", "-1200,00", "1200,00-"])
def test_the_sum_of_a_control_file_has_its_sign_as_the_amounts_have(taken, tmp_path, total):
    (tmp_path / "x.ctl").write_text(f"sum={total}\n")
    signed = {**RULES, "format": {**RULES["format"], "signs": {"S": "-", "H": "+"}}}
    done = taken(b"who;at;amount\nK;2026-03-01;1.200,50 S\nK;2026-03-01;0,50 H\n", **signed)
    assert done.rows["amount_minor"].to_list() == [120_050, -50]


def test_a_control_file_that_is_missing_is_told(taken):
    with pytest.raises(ExtractError, match=r"its control file x\.ctl is not there"):
        taken(CONTENT, **RULES)


def test_with_a_control_file_no_cut_and_no_flipped_bit_is_accepted(taken, tmp_path):
    (tmp_path / "x.ctl").write_text(f"sha256={SHA}")
    for at in range(len(CONTENT)):
        for damaged in (CONTENT[:at], CONTENT[:at] + bytes([CONTENT[at] ^ 4]) + CONTENT[at + 1 :]):
            with pytest.raises(ExtractError):
                taken(damaged, **RULES)
