"""Reasons of forecasts: which habits make it likelier or less likely than of others that a customer buys, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from persona.money import written
from persona.scores.affinity_state import Floats
from persona.scores.habits import Habits, habits_of
from persona.scores.occasions import Occasions
from persona.scores.reasons import Driver
from persona.scores.renewal import Renewal, terms_of
from persona.scores.terms import TERMS

__all__ = ["beat", "habit_drivers", "yearly"]

_RHYTHM, _FOR_LONG, _SINCE, _MONEY, _PAUSES = "rhythm", "for long", "since", "money", "pauses"
_YEAR_DAYS = 365
_THEMES: Mapping[str, str] = {
    "occasions, half-life 7 days": _RHYTHM,
    "occasions, half-life 30 days": _RHYTHM,
    "occasions, half-life 90 days": _FOR_LONG,
    "occasions, half-life 180 days": _FOR_LONG,
    "occasions": _FOR_LONG,
    "days since the first": _SINCE,
    **dict.fromkeys((name for name in TERMS if name.startswith("spending")), _MONEY),
    "usual amount": _MONEY,
    "days since the last": _RHYTHM,
    "overdue": _RHYTHM,
    "renewal": _RHYTHM,
    "unevenness of gaps": _PAUSES,
    "longest gap": _PAUSES,
}
"""Terms that say nearly the same are told as one: their weights are mostly of different signs."""
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "beat": "buys every {gap} days, last {since} days ago",
        "once": "has bought on one day, {since} days ago",
        _FOR_LONG: "{year} purchase days in a year, {year_mean} on average",
        _SINCE: "first bought {first} days ago, {first_mean} on average",
        _MONEY: "{each} on a purchase day, {each_mean} on average",
        _PAUSES: "longest pause {pause} days, {pause_mean} on average",
        "yearly": "{year} purchase days in a year of {each} each",
    },
    "de": {
        "beat": "kauft alle {gap} Tage, zuletzt vor {since} Tagen",
        "once": "hat an einem Tag gekauft, vor {since} Tagen",
        _FOR_LONG: "{year} Kauftage in einem Jahr, im Mittel {year_mean}",
        _SINCE: "hat zuerst vor {first} Tagen gekauft, im Mittel {first_mean}",
        _MONEY: "{each} an einem Kauftag, im Mittel {each_mean}",
        _PAUSES: "längste Pause {pause} Tage, im Mittel {pause_mean}",
        "yearly": "{year} Kauftage in einem Jahr zu je {each}",
    },
}


def habit_drivers(
    seen: Occasions,
    renewal: Renewal,
    coefficients: Sequence[float],
    *,
    customer_no: int,
    horizon_days: int,
    currency: str,
    language: str = "en",
) -> tuple[Driver, ...]:
    """Why a customer's chance to buy within the horizon is what it is, the strongest reason first.

    ``seen`` has him and those whom he is told against: of these only who ever bought. Where the habits are weighed,
    each reason is one kind of habit, with how far it moves the log-odds from their mean and the figures of both. Where
    BG/NBD speaks alone, or at the book's level, what it stands on is the one reason, without a direction. Other
    languages than en and de are told in English.
    Raises: KeyError for a customer who is not there or never bought.
    """
    at, words = _place(seen, customer_no), _words(language)
    if sum(1 for weight in coefficients[1:] if weight) < 2:  # noqa: PLR2004 - the renewal alone
        return (Driver(_RHYTHM, 0.0, beat(seen, customer_no, language=language)),)
    known = habits_of(seen)
    here = known.count > 0
    terms = terms_of(known, renewal, horizon_days=horizon_days)
    apart = (terms[at] - terms[here].mean(axis=0)) * np.asarray(coefficients[1:])
    moved = dict.fromkeys(_THEMES.values(), 0.0)
    for name, more in zip(TERMS, apart.tolist(), strict=True):
        moved[_THEMES[name]] += more
    figures = _figures(seen, known, at, currency)
    says = {theme: words[theme].format(**figures) for theme in moved if theme != _RHYTHM}
    says[_RHYTHM] = beat(seen, customer_no, language=language)
    if known.count[at] == 1:
        says[_PAUSES] = says[_RHYTHM]
    told = (Driver(theme, round(more, 6), says[theme]) for theme, more in moved.items())
    return tuple(sorted((one for one in told if one.log_odds), key=lambda one: (-abs(one.log_odds), one.term)))


def beat(seen: Occasions, customer_no: int, *, language: str = "en") -> str:
    """What BG/NBD reads of a customer: his usual gap between purchase days, and how long ago the last one was."""
    at, words = _place(seen, customer_no), _words(language)
    ages = seen.age_days[seen.who == at]
    since = int(ages[-1])
    if len(ages) == 1:
        return words["once"].format(since=since)
    gap = (int(ages[0]) - since) / (len(ages) - 1)
    return words["beat"].format(gap=f"{gap:.1f}".removesuffix(".0"), since=since)


def yearly(seen: Occasions, customer_no: int, *, currency: str, language: str = "en") -> str:
    """How many purchase days he had in the last 365, and what he spent on each; his beat where he had none."""
    at = _place(seen, customer_no)
    inside = (seen.who == at) & (seen.age_days <= _YEAR_DAYS)
    if not inside.any():
        return beat(seen, customer_no, language=language)
    each = written(round(int(seen.spent_minor[inside].sum()) / int(inside.sum())), currency)
    return _words(language)["yearly"].format(year=int(inside.sum()), each=each)


def _place(seen: Occasions, customer_no: int) -> int:
    at = int(np.searchsorted(seen.customers, customer_no))
    if at == len(seen.customers) or seen.customers[at] != customer_no or at not in seen.who:
        raise KeyError(customer_no)
    return at


def _words(language: str) -> Mapping[str, str]:
    return _WORDS.get(language.partition("-")[0], _WORDS["en"])


def _figures(seen: Occasions, known: Habits, at: int, currency: str) -> dict[str, str]:
    """His own figures, and the means of all who ever bought."""
    here = known.count > 0
    spent = known.spent_minor / np.maximum(known.count, 1)
    year = np.bincount(seen.who[seen.age_days <= _YEAR_DAYS], minlength=len(here))
    whole = {"year": year, "pause": known.longest, "first": known.first_age()}
    numbers: dict[str, Floats] = {name: values.astype(np.float64) for name, values in whole.items()}
    made = {name: f"{values[at]:.0f}" for name, values in numbers.items()}
    made |= {f"{name}_mean": f"{values[here].mean():.1f}".removesuffix(".0") for name, values in numbers.items()}
    return made | {
        "each": written(round(float(spent[at])), currency),
        "each_mean": written(round(float(spent[here].mean())), currency),
    }
