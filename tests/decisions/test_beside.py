"""Who is in a control group of one offer and may be sent several."""

import polars as pl
import pytest

GOLD, SILVER, BRONZE = ({"offer": name, "worth": worth} for name, worth in
                        (("gold", "4500"), ("silver", "1000"), ("bronze", "500")))  # fmt: skip
OFFERS = ("gold", "silver", "bronze")


def _customers(count):
    """Customers whose offers are worth something else to each, in every order."""
    return [{"id": f"K{n}", "p": {offer: (1 + (n * (7, 11, 13)[at]) % 17) / 50 for at, offer in enumerate(OFFERS)}}
            for n in range(count)]  # fmt: skip


def _held(*offers, share=0.5):
    return {"holdouts": [{"id": f"{offer}_test", "salt": offer, "share": share, "offers": [offer]} for offer in offers]}


def _said(plan, *letters):
    rows = plan.decisions.filter(pl.col("reason").is_in(letters))
    return set(rows.select("customer_no", "offer_id").iter_rows())


@pytest.mark.parametrize("places", [1, 2, 3])
@pytest.mark.parametrize("limit", [[], [{"id": "month", "max": 2, "days": 30}]])
@pytest.mark.parametrize("tests", [("gold",), ("gold", "bronze")])
def test_who_is_held_out_of_an_offer_is_sent_the_others_as_if_he_were_treated(night, places, limit, tests):
    given = {"offers": [GOLD, SILVER, BRONZE], "customers": _customers(40), "contact": {"limits": limit},
             "constraints": {"per_customer": places, "one_of_each": "offer"}}  # fmt: skip
    treated, held = night(given).plan(), night({**given, **_held(*tests)}).plan()
    assert _said(held, "O", "H") == _said(treated, "O")
    assert "gold" in {offer for _, offer in _said(held, "H")} <= set(tests)


def test_only_the_offer_of_the_test_is_on_paper_and_the_other_is_sent(night):
    given = {
        "offers": [GOLD, SILVER],
        "customers": [{"id": "ann"}],
        "constraints": {"per_customer": 2, "one_of_each": "offer"},
    }
    plan = night({**given, **_held("gold", share=1)}).plan()
    rows = plan.decisions.select("offer_id", "arm", "reason", "reason_id", "is_ghost").rows()
    assert rows == [("gold", "holdout", "H", "gold_test", True), ("silver", "treated", "O", None, False)]
    assert plan.contacts.select("offer_id", "status").rows() == [("gold", "ghost"), ("silver", "planned")]
    assert plan.decisions["message_id"].is_null().to_list() == [True, False]
    assert plan.plans.select("value_milli", "bound_milli").row(0) == (100_000, 100_000)


def test_what_excludes_the_offer_on_paper_is_not_sent_in_its_place(night):
    loan = {"offer": "loan", "group": "loans", "worth": "100"}
    given = {"offers": [GOLD, SILVER, loan], "customers": [{"id": "ann"}],
             "catalog": {"issues": {"grow": {}}, "groups": {"cards": {"issue": "grow"}, "loans": {"issue": "grow"}}},
             "constraints": {"per_customer": 2, "one_of_each": "group"}}  # fmt: skip
    plan = night({**given, **_held("gold", share=1)}).plan()
    assert dict(plan.decisions.select("offer_id", "reason").iter_rows()) == {"gold": "H", "loan": "O"}


def test_what_is_on_paper_takes_the_customers_own_room(night):
    given = {"offers": [GOLD, SILVER], "customers": [{"id": "ann"}], "constraints": {"per_customer": 2},
             "contact": {"limits": [{"id": "month", "channels": ["email"], "max": 1, "days": 30}]}}  # fmt: skip
    plan = night({**given, **_held("gold", share=1)}).plan()
    assert dict(plan.decisions.select("offer_id", "reason").iter_rows()) == {"gold": "H"}
    assert dict(plan.candidates.select("offer_id", "reason").iter_rows())["silver"] in ("L", "R")


def test_a_place_is_filled_when_those_on_paper_leave_the_budget_to_others(night):
    # Twelve mails for twelve customers and two offers each: once gold is on paper, all silver can go out.
    mails = {"id": "mails", "sum": "1", "max": 12}
    given = {"offers": [GOLD, SILVER], "customers": [{"id": f"K{n}"} for n in range(12)],
             "constraints": {"per_customer": 2, "one_of_each": "offer", "constraints": [mails]}}  # fmt: skip
    plan = night({**given, **_held("gold", share=1)}).plan()
    assert (len(_said(plan, "H")), len(_said(plan, "O"))) == (12, 12)
    assert plan.constraints.select("use").item() == 12


@pytest.mark.parametrize("places", [2, 3])
def test_caps_are_kept_and_nobody_has_more_than_his_places_on_paper_and_sent_together(night, places):
    capped = [{**one, "cap": cap} for one, cap in ((GOLD, 15), (SILVER, 12), (BRONZE, 20))]
    given = {
        "offers": capped,
        "customers": _customers(40),
        "constraints": {"per_customer": places, "one_of_each": "offer"},
    }
    plan = night({**given, **_held("gold", "silver")}).plan()
    sent, on_paper = _said(plan, "O"), _said(plan, "H")
    assert all(sum(offer == name for _, offer in sent) <= cap for name, cap in zip(OFFERS, (15, 12, 20), strict=True))
    everything = pl.DataFrame(sorted(sent | on_paper), schema=["customer", "offer"], orient="row")
    assert everything.group_by("customer").len()["len"].max() <= places
    value, bound = plan.plans.select("value_milli", "bound_milli").row(0)
    assert value <= bound <= 1.01 * value
    assert {who for who, _ in sent} & {who for who, _ in on_paper}
