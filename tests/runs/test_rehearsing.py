"""The night measures what its signals foretell, and leaves out what a gate has stopped."""

from datetime import date, timedelta

import polars as pl
import pytest
from fakes import bank, nights
from polars.testing import assert_frame_equal

from persona.runs.rehearsing import brought_forward

ACCOUNTS = """
source: accounts
files: "extracts/accounts_{date:%Y-%m-%d}.csv"
format: {type: csv}
into: holdings
delivery: snapshot
key: [id]
columns:
  holding_id: {from: id}
  customer_id: {from: customer}
  product: {const: current}
  balance_minor: {from: balance, type: integer}
"""
BOOKED = """
source: booked
files: "extracts/booked_{date:%Y-%m-%d}.csv"
format: {type: csv}
into: transactions
delivery: increment
key: [ref]
columns:
  txn_id: {from: ref}
  customer_id: {from: customer}
  account_id: {from: account}
  booked_at: {from: day, format: "%Y-%m-%d", zone: Europe/Berlin}
  amount_minor: {from: amount, type: integer}
  currency: {const: EUR}
"""


def run(root):
    """The cards of the bank's night by model, what the night said, and its tables."""
    ended = nights.persona(root, "run")
    assert ended.code == 0, ended.err
    cards = {one["model"]: one for one in nights.persona(root, "models", "--json").json["models"]}
    with nights.opened(root) as store:
        generations = store.last_run(store.runs()["as_of"].max().replace(year=2100)).generations
        tables = {name: store.stage(name, generations[name]) for name in ("signals", "circumstances")}
    return cards, ended.out + ended.err, tables


def moved(rows, hours):
    """The purchases, each two times, at another time of day."""
    for row in rows:
        hour = (int(row["at"][11:13]) + hours) % 24
        for twin in ("", "B"):
            yield row | {"ref": row["ref"] + twin, "at": f"{row['at'][:11]}{hour:02d}{row['at'][13:]}"}


@pytest.mark.parametrize("hours", [0, 12])
def test_hours_that_foretold_the_last_month_are_told_and_others_are_not(fresh, hours):
    bank.cards(fresh, bank.NEWEST, list(moved(bank.purchases(bank.NEWEST, 30), hours)))
    cards, said, tables = run(fresh)
    told = tables["signals"]["best_hour"].drop_nulls().len()
    assert cards["best hour"]["measured"]["came"] >= 200
    if hours:
        assert (told, cards["best hour"]["used"]) == (0, "nothing")
        assert "Model best hour, not trusted as it is: no better than the book's hour" in said
    else:
        assert (told > 30, cards["best hour"]["not_trusted_because"]) == (True, [])


def with_accounts(root, *, turns):
    """The bank with accounts that lose 10 EUR a day; where it turns, they gained as much until 60 days ago.

    A third has plenty, a third 200 EUR left, and a third has lost 14 EUR a day and is 200 EUR below 0.
    """
    workspace = root / "persona.yaml"
    workspace.write_text(workspace.read_text().replace("products: [card]", "products: [card, current]"))
    for name, text in (("accounts", ACCOUNTS), ("booked", BOOKED)):
        (root / f"rules/sources/{name}.yaml").write_text(text.lstrip("\n"))
    booked, held = ["ref,customer,account,day,amount"], ["id,customer,balance"]
    for no in range(bank.CUSTOMERS):
        held.append(f"A{no},K{no:03d},{(2_000_000, 20_000, -20_000)[no % 3]}")
        for ago in range(300):
            amount = (-1_000, -1_000, -1_400)[no % 3]
            amount = -amount if turns and ago >= 60 else amount
            booked.append(f"B{no:03d}{ago:03d},K{no:03d},A{no},{bank.NEWEST - timedelta(days=ago)},{amount}")
    for name, rows in (("accounts", held), ("booked", booked)):
        (root / f"extracts/{name}_{bank.NEWEST}.csv").write_text("".join(f"{row}\n" for row in rows))
    return root


def test_whose_money_runs_out_is_told_where_the_last_sixty_days_were_foretold(fresh):
    cards, _, tables = run(with_accounts(fresh, turns=False))
    card, told = cards["cash need"], tables["circumstances"].drop_nulls("shortfall_60d_p")
    assert (card["customers"], card["positives"], card["used"]) == (60, 20, "rehearsals as they are")
    assert card["not_trusted_because"] == []
    assert told["shortfall_60d_p"].round(2).sort().to_list() == [0.0] * 20 + [1.0] * 40
    assert told["shortfall_60d_minor"].drop_nulls().sort().to_list() == [40_000] * 20 + [104_000] * 20
    outlook = nights.persona(fresh, "customer", "show", "K001", "--json").json["outlook"]
    skill = f"{100 * card['skill']:.0f} % better than a naive forecast"
    of_money = [(one["what"], one["value"], one["confidence"]) for one in outlook if "short" in one["what"]]
    assert of_money == [("will be short of money", 1.0, skill), ("falls short by", 40_000.0, skill)]


def test_where_the_last_sixty_days_turned_out_otherwise_nobodys_money_is_told_of(fresh):
    cards, said, tables = run(with_accounts(fresh, turns=True))
    assert cards["cash need"]["used"] == "nothing"
    assert "Model cash need, not trusted as it is: no better than the naive forecast" in said
    assert tables["circumstances"]["shortfall_60d_p"].null_count() == bank.CUSTOMERS


def test_a_balance_is_brought_forward_by_what_was_booked_since_it_was_known():
    days = [date(2026, 6, 10), date(2026, 6, 11), date(2026, 6, 20)]
    money = pl.DataFrame(
        {"customer_no": [1, 1, 1, 2], "booked_on": [*days, days[2]], "amount_minor": [-1, -20, -300, 7]}
    )
    known = pl.DataFrame({"customer_no": [1, 2, 3], "known_on": [days[0], days[2], days[0]]})
    balances = pl.DataFrame({"customer_no": [1, 2, 3, 4], "balance_minor": [1_000, 50, 60, 70]})
    expected = pl.DataFrame({"customer_no": [1, 2, 3, 4], "balance_minor": [680, 50, 60, 70]})
    assert_frame_equal(brought_forward(balances, known, money), expected)
