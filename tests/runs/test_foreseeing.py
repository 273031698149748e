"""What the night foresees of the sample bank, on which the models are fitted and used."""

import pytest
from fakes import nights

WEEK_BEFORE, DAY = "2026-06-24", "2026-07-01"


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """The sample bank after its night of a week before."""
    root = tmp_path_factory.mktemp("sample") / "bank"
    assert nights.persona(root.parent, "init", str(root)).code == 0
    assert nights.persona(root, "run", "--as-of", WEEK_BEFORE, "--quiet").code == 0
    return root


@pytest.mark.slow
def test_the_sample_banks_models_are_used_and_better_than_naive_forecasts(bank):
    cards = nights.persona(bank, "models", "--as-of", WEEK_BEFORE, "--json").json["models"]
    assert [card["model"] for card in cards if card.get("used") == "nothing"] == []
    answers = [card for card in cards if card["model"].startswith(("price response", "inclination"))]
    assert all(card["used"] != "the model" for card in answers if (card.get("skill") or -1) <= 0)
    skills = [card["skill"] for card in cards if card.get("skill") is not None and card not in answers]
    assert len(skills) >= 6
    assert min(skills) > 0.02


@pytest.mark.slow
def test_a_week_later_less_than_three_in_a_hundred_have_another_pattern_and_every_id_has_its_name(bank):
    before, now = (nights.persona(bank, "segment", "--as-of", day, "--json").json for day in (WEEK_BEFORE, DAY))
    assert sum(one["customers"] for one in now["patterns"]) > 1_500
    assert sum(one["came"] for one in now["patterns"]) < 0.03 * sum(one["customers"] for one in now["patterns"])
    names = [{one["pattern"]: one["name"].split(" x")[0] for one in told["patterns"]} for told in (before, now)]
    assert names[0] == names[1]
    assert {"children", "fuel", "travel.air"} <= set(names[1].values())
