"""Scores: what each customer will probably buy and accept, and why."""

from __future__ import annotations

from persona.scores.affinity import COLD_START, Affinity, affinity, chances, fit_affinity
from persona.scores.affinity_state import State, appended, empty_state, folded
from persona.scores.backtest import backtest
from persona.scores.model_card import card, restored
from persona.scores.propensity import DEFAULT_WEIGHT, Prior, propensities, rates, responses
from persona.scores.quality import Quality
from persona.scores.reasons import Driver, drivers
from persona.scores.sample import fit_sample

__all__ = [
    "COLD_START",
    "DEFAULT_WEIGHT",
    "Affinity",
    "Driver",
    "Prior",
    "Quality",
    "State",
    "affinity",
    "appended",
    "backtest",
    "card",
    "chances",
    "drivers",
    "empty_state",
    "fit_affinity",
    "fit_sample",
    "folded",
    "propensities",
    "rates",
    "responses",
    "restored",
]
