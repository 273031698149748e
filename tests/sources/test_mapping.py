from datetime import date, datetime

import polars as pl
import pytest

from persona.errors import ExtractError, PolicyError
from persona.sources import RejectedRowsError

AT = datetime.fromisoformat
BOOKINGS = {
    "into": "transactions",
    "key": ["id"],
    "columns": {
        "txn_id": {"from": "id"},
        "customer_id": {"from": "who"},
        "booked_at": {"from": ["day", "time"], "format": "%d.%m.%Y %H:%M", "zone": "Europe/Prague"},
        "amount_minor": {"from": "amount", "minor_units": 2, "sign": "debit_positive"},
    },
}
HEADER = b"id,who,day,time,amount\n"


def with_columns(**columns):
    return {**BOOKINGS, "columns": {**BOOKINGS["columns"], **columns}}


def test_a_row_becomes_canonical_by_its_rules(taken):
    rows = taken(HEADER + b"7, K1 ,01.03.2026,10:30,12.50\n", **BOOKINGS).rows
    assert rows.select(name for name in rows.columns if rows[name].null_count() == 0).rows() == [
        ("7", "K1", AT("2026-03-01T09:30:00"), -1_250, "EUR", 2)
    ]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (b"7,K1,01.03.2026,10:30,x", "amount_minor", "is not a number"),
        (b"7,K1,01.03.2026,10:30,1.234", "amount_minor", "has more than 2 digits after the point"),
        (b"7,K1,01.03.2026,10:30,", "amount_minor", "is missing"),
        (b"7,K1,31.02.2026,10:30,1", "booked_at", "is not an instant in the declared format"),
        (b"7,K1,29.03.2026,02:30,1", "booked_at", "is in an hour that clocks of Europe/Prague skip"),
        (b"7,K1,01.04.2026,00:00,1", "booked_at", "is after its delivery"),
        (b"7,,01.03.2026,10:30,1", "customer_id", "and account_id are both missing"),
        (b",K1,01.03.2026,10:30,1", "txn_id", "is missing"),
    ],
)
def test_a_value_that_cannot_be_read_rejects_its_row_with_line_column_and_reason(taken, row, column, reason):
    done = taken(HEADER + b"1,K1,01.03.2026,10:30,1\n" + row + b"\n", max_rejected_rows=1, **BOOKINGS)
    assert done.rows["txn_id"].to_list() == ["1"]
    assert done.rejects.rows() == [(3, 47, column, reason)]


def test_more_rejected_rows_than_allowed_stop_the_source_and_no_value_is_told(taken):
    with pytest.raises(RejectedRowsError) as refused:
        taken(HEADER + b"7,K1,01.03.2026,10:30,secret\n8,K1,01.03.2026,10:30,2\n", **BOOKINGS)
    assert str(refused.value) == (
        "x.csv: amount_minor is not a number in 1 of 2 rows (kept in quarantine; first at line 2)\n"
        "  Fix the extract, or raise max_rejected_rows in  to go on without them."
    )
    assert refused.value.read.rejects.height == 1


def test_an_expression_reads_raw_columns_and_its_text_is_read_like_theirs(taken):
    amount = {"expr": "CASE WHEN kind = 'D' THEN '-' || amount ELSE amount END", "minor_units": 2}
    rows = taken(
        b"id,who,day,time,amount,kind\n1,K,01.03.2026,10:30,5.00,D\n2,K,01.03.2026,10:30,5.00,C\n",
        **with_columns(amount_minor=amount),
    ).rows
    assert rows["amount_minor"].to_list() == [-500, 500]


def test_rows_that_where_leaves_out_are_counted_and_so_are_those_it_does_not_know(taken):
    content = HEADER + b"1,K,01.03.2026,10:30,1\n2,,01.03.2026,10:30,1\n3,X,01.03.2026,10:30,1\n"
    done = taken(content, where="who <> 'X'", **BOOKINGS)
    assert (done.rows["txn_id"].to_list(), done.filtered) == (["1"], 2)


def test_a_map_knows_its_words_and_refuses_others_unless_otherwise_says(taken):
    mapped = {"from": "who", "map": {"K": "purchase"}}
    content = HEADER + b"1,K,01.03.2026,10:30,1\n2,X,01.03.2026,10:30,1\n"
    done = taken(content, max_rejected_rows=1, **with_columns(kind=mapped))
    assert done.rejects["reason"].to_list() == ["is not one of the words in its map"]
    done = taken(content, **with_columns(kind={**mapped, "otherwise": "transfer"}))
    assert done.rows["kind"].to_list() == ["purchase", "transfer"]


DAY = {"from": "day", "format": "%Y-%m-%d"}


@pytest.mark.parametrize(
    ("table", "own", "every"),
    [
        (
            "consents",
            {"purpose": {"const": "marketing"}, "status": {"const": "withdrawn"}, "at": {**DAY, "zone": "UTC"}},
            "*",
        ),
        ("suppressions", {"type": {"const": "opt_out"}, "from_on": DAY}, ""),
    ],
)
def test_a_stop_for_a_channel_that_nobody_knows_is_refused_because_it_would_stop_nothing(taken, table, own, every):
    words = ["email", every, "EMAIL", "mail", "fax"]
    content = "who,channel,day\n" + "".join(f"K{number},{word},2026-03-01\n" for number, word in enumerate(words))
    columns = {"customer_id": {"from": "who"}, "channel": {"from": "channel"}, **own}
    done = taken(content.encode(), into=table, max_rejected_rows=3, columns=columns)
    assert done.rows["customer_id"].to_list() == ["K0", "K1"]
    assert done.rejects.select("line", "column", "reason").rows() == [
        (line, "channel", "is no channel word") for line in (4, 5, 6)
    ]


def test_a_stop_for_a_purpose_spelt_in_another_way_is_refused_because_it_would_stop_nothing(taken):
    words = ["marketing", "Marketing", "marketing ", "bank_research"]
    content = "who,why,day\n" + "".join(f"K{number},{word},2026-03-01\n" for number, word in enumerate(words))
    columns = {"customer_id": {"from": "who"}, "purpose": {"from": "why"}, "channel": {"const": "*"}}
    columns |= {"status": {"const": "withdrawn"}, "at": {**DAY, "zone": "UTC"}}
    done = taken(content.encode(), into="consents", max_rejected_rows=3, columns=columns)
    assert done.rows["customer_id"].to_list() == ["K0", "K2", "K3"]
    assert done.rejects.select("line", "column").rows() == [(3, "purpose")]


def test_texts_that_stand_for_nothing_are_null_and_a_default_takes_their_place(taken):
    columns = with_columns(merchant={"from": "who", "default": "nobody"}, account_id={"const": "A"})
    rows = taken(HEADER + b"1,?,01.03.2026,10:30,1\n", format={"nulls": ["", "?"]}, **columns).rows
    assert rows.select("customer_id", "merchant").rows() == [(None, "nobody")]


def test_extra_columns_have_the_type_that_the_source_declares(taken):
    rows = taken(
        b"id,points,share,since,keen,note\n1,7,0.5,2026-01-01,Y,x\n2,,,,,\n",
        into="customers",
        columns={
            "customer_id": {"from": "id"},
            "points": {"from": "points", "type": "integer"},
            "share": {"from": "share", "type": "decimal"},
            "met_on": {"from": "since", "type": "date"},
            "is_keen": {"from": "keen", "type": "boolean"},
            "note": {"from": "note"},
        },
    ).rows
    assert rows.select("source_system", "points", "share", "met_on", "is_keen", "note").rows() == [
        ("x", 7, 0.5, date(2026, 1, 1), True, "x"),
        ("x", None, None, None, None, None),
    ]


def test_a_product_that_the_workspace_does_not_know_is_refused(taken):
    columns = {"holding_id": {"from": "id"}, "customer_id": {"from": "id"}, "product": {"from": "product"}}
    done = taken(b"id,product\n1,card\n2,boat\n", into="holdings", columns=columns, max_rejected_rows=1)
    assert done.rejects["reason"].to_list() == ["is not one of the products in persona.yaml"]


def test_merchant_category_codes_get_back_the_zeros_that_a_spreadsheet_took(taken):
    done = taken(
        b"id,who,day,time,amount,mcc\n1,K,01.03.2026,10:30,1,742\n2,K,01.03.2026,10:30,1,74x\n",
        max_rejected_rows=1,
        **with_columns(mcc={"from": "mcc"}),
    )
    assert done.rows["mcc"].to_list() == ["0742"]
    assert done.rejects["reason"].to_list() == ["is not a merchant category code"]


def test_changes_tell_what_was_deleted_and_a_deletion_needs_no_more_than_its_key(taken):
    done = taken(
        b"id,op,product\n1,U,card\n2,D,\n",
        into="holdings",
        delivery="changes",
        op={"column": "op", "delete": "D"},
        columns={"holding_id": {"from": "id"}, "customer_id": {"from": "id"}, "product": {"from": "product"}},
    )
    assert done.rows.select("holding_id", "product", "_op").rows() == [("1", "card", "upsert"), ("2", None, "delete")]


def test_a_required_column_without_a_rule_is_an_error_of_the_policy(taken):
    with pytest.raises(PolicyError, match="column at has no rule"):
        taken(b"id\n1\n", into="events", columns={"customer_id": {"from": "id"}, "type": {"const": "login"}})


def test_a_wrong_expression_is_told_at_its_place(taken):
    with pytest.raises(PolicyError, match="unknown function"):
        taken(HEADER, **with_columns(merchant={"expr": "reverse_it(who)"}))


def test_an_old_increment_is_the_file_of_another_day(taken):
    with pytest.raises(ExtractError, match="newest row is of 2026-03-01, its delivery of 2026-03-31"):
        taken(HEADER + b"1,K,01.03.2026,10:30,1\n", max_age_days=7, **BOOKINGS)


def test_a_file_whose_newest_rows_cannot_be_read_is_told_for_them_and_not_for_its_day(taken):
    content = HEADER + b"1,K1,01.03.2026,10:30,1\n2,K1,31.03.2026,10:30,x\n"
    with pytest.raises(RejectedRowsError, match="amount_minor is not a number in 1 of 2 rows"):
        taken(content, **{**BOOKINGS, "max_age_days": 7})


def test_pieces_of_any_size_give_the_same_rows(taken, monkeypatch):
    content = HEADER + b"".join(b"%d,K%d,01.03.2026,10:30,%d.5\n" % (n, n, n) for n in range(50))
    whole = taken(content, **BOOKINGS).rows
    monkeypatch.setattr("persona.sources.unpacked.PIECE", 64)
    assert taken(content, **BOOKINGS).rows.equals(whole)
    assert whole["amount_minor"].sum() == -(sum(range(50)) * 100 + 50 * 50)


def test_a_parquet_file_goes_by_the_same_rules(taken, tmp_path):
    frame = pl.DataFrame({"id": [1], "who": ["K"], "day": ["01.03.2026"], "time": ["10:30"], "amount": [12.5]})
    frame.write_parquet(tmp_path / "y")
    rows = taken((tmp_path / "y").read_bytes(), name="x.parquet", format={"type": "parquet"}, **BOOKINGS).rows
    assert rows.select("txn_id", "amount_minor", "_line").rows() == [("1", -1_250, 1)]


def test_a_misspelt_column_is_not_taken_for_one_of_the_banks_own(taken):
    with pytest.raises(PolicyError, match="unknown column 'merchnt'") as refused:
        taken(HEADER, **with_columns(merchnt={"from": "who"}))
    assert "Did you mean 'merchant'?" in str(refused.value)
    assert "merchnt" in taken(HEADER, **with_columns(merchnt={"from": "who", "type": "text"})).rows.columns
