from datetime import datetime

import polars as pl

from persona.decisions.decide import decide
from persona.decisions.explain import choices, sentence
from persona.decisions.ledger import message_id

GOLD = {
    "offer": "gold",
    "worth": "4500",
    "campaign": "spring",
    "levers": [{"weight": 10, "owner": "o", "reason": "r", "until": "2026-12-31"}],
    "treatments": [{"id": "mail", "channel": "email", "cost_minor": 2, "fatigue_minor": 15}],
}


def _plan(night, **given):
    return night({"offers": [GOLD, {"offer": "silver", "worth": "1000"}], **given}).plan()


def test_a_decision_holds_every_factor_of_its_value(night):
    row = _plan(night, customers=[{"id": "K", "p": {"gold": 0.031}}]).decisions.row(0, named=True)
    told = {name: row[name] for name in ("p", "worth_minor", "context", "lever", "cost_minor", "fatigue_minor")}
    assert told == {"p": 0.031, "worth_minor": 4500, "context": 1.0, "lever": 1.1, "cost_minor": 2, "fatigue_minor": 15}
    assert row["value_milli"] == 136_450
    assert (row["rank"], row["p_logged"], row["arm"], row["is_ghost"]) == (1, 1.0, "treated", False)
    assert (row["campaign_id"], row["occasion"], row["group_id"]) == ("spring", "2026-07-01", "cards")


def test_silence_is_a_decision_worth_nothing(night):
    row = _plan(night, customers=[{"id": "K", "consents": None}]).decisions.row(0, named=True)
    assert (row["slot"], row["offer_id"], row["value_milli"], row["reason"]) == ("marketing", None, 0, "C")


def test_what_is_sent_becomes_a_contact_under_the_hash_of_its_key(night):
    contact = _plan(night, customers=[{"id": "K", "household": "household:7"}]).contacts.row(0, named=True)
    assert contact == {
        "customer_no": 1,
        "household_key": "household:7",
        "offer_id": "gold",
        "group_id": "cards",
        "campaign_id": "spring",
        "channel": "email",
        "class": "marketing",
        "occasion": "2026-07-01",
        "status": "planned",
        "at": datetime.fromisoformat("2026-06-30T22:00"),
        "run_id": "night",
        "message_id": message_id(1, "spring", "email", "2026-07-01"),
    }
    assert len(contact["message_id"]) == 32


def test_a_ghost_has_a_decision_and_no_message_and_his_contact_stands_on_paper(night):
    plan = _plan(night, customers=[{"id": "K"}], holdouts=[{"id": "all", "salt": "s", "share": 1}])
    row = plan.decisions.row(0, named=True)
    told = (row["offer_id"], row["arm"], row["reason"], row["reason_id"], row["is_ghost"], row["message_id"])
    assert told == ("gold", "holdout", "H", "all", True, None)
    assert plan.contacts.select("offer_id", "status").rows() == [("gold", "ghost")]


def test_a_holdout_from_one_offer_keeps_only_that_one(night):
    held = [{"id": "gold_test", "salt": "s", "share": 1, "offers": ["gold"]}]
    customers = [{"id": "likes_gold"}, {"id": "likes_silver", "p": {"gold": 0.001}}]
    rows = _plan(night, customers=customers, holdouts=held).decisions.select("offer_id", "arm", "reason").rows()
    assert rows == [("gold", "holdout", "H"), ("silver", "treated", "O")]


def test_a_message_is_not_sent_before_the_offer_begins(night):
    offers = [{"offer": "gold", "valid": {"from": "2026-07-01", "until": "2026-08-01", "zone": "UTC"}}]
    row = night({"offers": offers, "customers": [{"id": "K"}]}).plan().decisions.row(0, named=True)
    assert row["not_before_utc"] == datetime.fromisoformat("2026-07-01T00:00")


def test_the_candidates_say_how_far_each_was_behind(night):
    plan = _plan(night, customers=[{"id": "K", "p": {"gold": 0.1, "silver": 0.1}}])
    rows = plan.candidates.select("rank", "offer_id", "value_milli", "margin_milli", "reason").rows()
    assert rows == [(1, "gold", 478_000, 0, "O"), (2, "silver", 100_000, 378_000, "R")]


def test_the_reckoning_can_be_followed_by_hand(night):
    plan = _plan(night, customers=[{"id": "K", "p": {"gold": 0.031, "silver": 0.1}}])
    first, second = choices(plan.candidates, currency="EUR")
    assert first.reckoning == "0.031000 x 45.00 x 1.00 x 1.10 - 0.02 - 0.15 = 1.3645 EUR"
    assert sentence(first, currency="EUR") == "offered"
    assert sentence(second, currency="EUR") == "another offer is worth more (by 0.3645 EUR)"
    assert sentence(second, currency="EUR", language="de") == "ein anderes Angebot ist mehr wert (um 0.3645 EUR)"


def test_a_version_of_the_offer_stands_in_its_decisions(night):
    book = night({"offers": [GOLD], "customers": [{"id": "K"}]})
    considered, profile, p = book.batch(book.customers)
    plan = decide(
        considered, profile, p, book.actions, as_of=book.as_of, run_id="r", read=book.read, versions={"gold": "v1"}
    )
    assert plan.decisions["offer_version"].to_list() == ["v1"]


def test_the_verdicts_end_with_a_reason_for_every_action(night):
    plan = _plan(night, customers=[{"id": "K"}, {"id": "L", "consents": None}])
    assert plan.verdicts.select("reason_0", "reason_1").rows() == [(18, 14), (1, 1)]
    assert plan.verdicts.schema["reason_0"] == pl.UInt8
