import json

import numpy as np
import pytest

from persona.scores.cards import AmountBin, CalibrationBin, MeasuredHits, ModelCard, measured, measured_amount


def test_a_forecast_is_held_against_what_happened_and_a_naive_one():
    chance, happened = np.array([0.25, 0.75]), np.array([0.0, 1.0])
    found = measured(chance, happened, np.array([0.5, 0.5]), naive="half of all")
    assert found.log_loss == pytest.approx(-np.log(0.75), abs=1e-6)
    assert found.naive_log_loss == pytest.approx(np.log(2), abs=1e-6)
    assert found.skill == pytest.approx(1 - np.log(0.75) / np.log(0.5), abs=1e-5)
    assert (found.ranks, found.foretold_over_happened) == (1.0, 1.0)
    assert found.calibration == (CalibrationBin(0.25, 0.0, 1), CalibrationBin(0.75, 1.0, 1))


@pytest.mark.parametrize(("hits", "naive", "skill"), [(0.36, 0.28, 1 - 0.64 / 0.72), (0.2, 0.6, -1.0), (1.0, 1.0, 0.0)])
def test_hits_are_worth_the_naive_misses_that_they_avoid(hits, naive, skill):
    assert MeasuredHits(hits, naive, "one for all", 100).skill == pytest.approx(skill, abs=1e-6)


def test_nobody_to_measure_is_no_measure():
    assert measured(np.zeros(0), np.zeros(0), np.zeros(0), naive="") is None


def test_a_card_is_plain_json():
    card = ModelCard("m", ("says",), "2026-07-01", 30, ("all",), 2, 1, None, {}, ("too few",), "nothing", {"a": 1.5})
    told = json.loads(json.dumps(card.as_json()))
    assert (told["model"], told["skill"], told["not_trusted_because"], told["numbers"]) == (
        "m",
        None,
        ["too few"],
        {"a": 1.5},
    )


def test_amounts_are_told_in_ten_equally_full_groups_by_what_was_foretold():
    foretold = np.array([float(100 * (number // 2)) for number in range(20)])
    came = foretold[::-1].copy()
    found = measured_amount(foretold, came, foretold, naive="the same")
    assert found.calibration[0] == AmountBin(0.0, 900.0, 2)
    assert [(one.foretold, one.came, one.customers) for one in found.calibration] == [
        (100.0 * tenth, 900.0 - 100 * tenth, 2) for tenth in range(10)
    ]
