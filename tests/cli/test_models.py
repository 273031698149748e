"""The cards of the models, as people and scripts read them."""

from fakes import nights

from persona.cli.models import _row

MODELS = {"affinity", "patterns", "attrition", "value", "cash need", "best hour"}


def test_every_model_of_the_night_has_a_card_and_a_small_bank_is_told_what_speaks_against_them(after):
    told = nights.persona(after, "models", "--json").json
    cards = {card["model"]: card for card in told["models"]}
    assert cards.keys() >= MODELS
    assert cards["patterns"]["not_trusted_because"] == ["fewer than 200 customers buy enough to tell"]
    assert cards["patterns"]["used"] == cards["value"]["used"] == "nothing"
    assert cards["value"]["not_trusted_because"][-1] == "fewer than 100 customers have bought on two days"


def test_where_no_drift_was_measured_none_is_told():
    card = {"model": "m", "numbers": {}, "skill": 0.5, "customers": 7}
    assert _row(card)[3] is None
    assert _row({**card, "drift": {}})[3] is None
    assert _row({**card, "drift": {"a": {"is_alarm": True}, "b": {"is_alarm": False}}})[3] == 1


def test_one_card_is_shown_in_full(after):
    told = nights.persona(after, "models", "patterns")
    assert told.code == 0
    assert "Which kind of buyer a customer is." in told.out
    assert "! not to be trusted: fewer than 200 customers buy enough to tell" in told.out


def test_a_slip_in_a_models_name_is_answered_with_the_nearest(after):
    told = nights.persona(after, "models", "atrition")
    assert told.code == 2
    assert "unknown model 'atrition'" in told.err
    assert "Did you mean 'attrition'?" in told.err


def test_the_cards_work_only_what_is_not_there_yet(after):
    assert nights.persona(after, "models", "--json").json["ran"] == []
