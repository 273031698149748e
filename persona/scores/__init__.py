"""Scores: what each customer will probably buy and accept, and why."""

from __future__ import annotations

from persona.scores.affinity import COLD_START, Affinity, affinity, chances, fit_affinity
from persona.scores.affinity_state import State, appended, empty_state, folded, state_columns, state_of
from persona.scores.answers import contacts, is_closed
from persona.scores.attrition import EARLIER_DAYS, Attrition, attrition, chance_to_buy, fit_attrition
from persona.scores.backtest import backtest
from persona.scores.best_hour import HOUR_DAYS, measured_hour
from persona.scores.cards import ModelCard
from persona.scores.cash_need import CASH_DAYS, CASH_FIT_DAYS, CashNeed, cash_need, fit_cash_need, rehearsals
from persona.scores.completeness import incompleteness
from persona.scores.habit_reasons import beat, habit_drivers, yearly
from persona.scores.habits import Habits, continued, habits_back, habits_of, kept_habits, table_of
from persona.scores.inclination import answers_of, fit_inclination, inclinations
from persona.scores.model_card import card, restored
from persona.scores.needs import Wanted, needs
from persona.scores.next_purchase import HORIZONS, NextPurchase, fit_next_purchase, next_purchase
from persona.scores.occasions import Occasions, occasions, occasions_by
from persona.scores.pooled import Pooled, fit_pooled, pooled
from persona.scores.price_curves import PriceLadder, curves_of, fit_price_curve, told_prices
from persona.scores.propensity import DEFAULT_WEIGHT, Prior, propensities, rates, responses, usual_odds
from persona.scores.propensity_reasons import propensity_drivers
from persona.scores.proxies import Proxy, proxy
from persona.scores.quality import Quality
from persona.scores.reasons import Driver, drivers
from persona.scores.renewal import Renewal
from persona.scores.sample import fit_sample
from persona.scores.told import Told, told_of
from persona.scores.value import Value, fit_value, value

__all__ = [
    "CASH_DAYS",
    "CASH_FIT_DAYS",
    "COLD_START",
    "DEFAULT_WEIGHT",
    "EARLIER_DAYS",
    "HORIZONS",
    "HOUR_DAYS",
    "Affinity",
    "Attrition",
    "CashNeed",
    "Driver",
    "Habits",
    "ModelCard",
    "NextPurchase",
    "Occasions",
    "Pooled",
    "PriceLadder",
    "Prior",
    "Proxy",
    "Quality",
    "Renewal",
    "State",
    "Told",
    "Value",
    "Wanted",
    "affinity",
    "answers_of",
    "appended",
    "attrition",
    "backtest",
    "beat",
    "card",
    "cash_need",
    "chance_to_buy",
    "chances",
    "contacts",
    "continued",
    "curves_of",
    "drivers",
    "empty_state",
    "fit_affinity",
    "fit_attrition",
    "fit_cash_need",
    "fit_inclination",
    "fit_next_purchase",
    "fit_pooled",
    "fit_price_curve",
    "fit_sample",
    "fit_value",
    "folded",
    "habit_drivers",
    "habits_back",
    "habits_of",
    "inclinations",
    "incompleteness",
    "is_closed",
    "kept_habits",
    "measured_hour",
    "needs",
    "next_purchase",
    "occasions",
    "occasions_by",
    "pooled",
    "propensities",
    "propensity_drivers",
    "proxy",
    "rates",
    "rehearsals",
    "responses",
    "restored",
    "state_columns",
    "state_of",
    "table_of",
    "told_of",
    "told_prices",
    "usual_odds",
    "value",
    "yearly",
]
