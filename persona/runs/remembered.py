"""What a past night left of one customer: its evidence, read as its rules were then, whatever they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from persona.errors import ContractError, PolicyError
from persona.offers import Refusal
from persona.offers.bits import NOBODY, Bits, Rule
from persona.policy.conditions import checked
from persona.policy.explain import explained, smallest_change
from persona.policy.places import Place
from persona.runs.plan import Night
from persona.store import Store
from persona.tables.reasons import LETTERS, words

__all__ = ["Remembered", "is_remembered", "remembered"]

_NAMES = ("profile", "candidates", "verdicts", "night_actions", "night_rules")
_FIRST = ("D", "C", "X")
"""What is asked before the conditions."""


@dataclass(frozen=True)
class Remembered:
    """What is kept of a customer and a night."""

    profile: Mapping[str, object]
    candidates: pl.DataFrame
    refused: tuple[tuple[str, str, str, tuple[Refusal, ...]], ...]
    """Offer, treatment, channel, and what refused it."""


def is_remembered(store: Store, run_id: str) -> bool:
    """Whether a run's evidence is there, and what its bits mean."""
    try:
        for name in _NAMES:
            store.evidence(run_id, name)
    except ContractError:
        return False
    return True


def remembered(night: Night, customer_no: int, *, offer_id: str | None) -> Remembered:
    """What a night whose tables are kept no longer left of a customer.

    Raises: PolicyError where he was not in the book.
    """
    mine = pl.col("customer_no") == customer_no
    kept = {name: night.store.evidence(night.run_id, name) for name in _NAMES}
    profile = kept["profile"].filter(mine).collect()
    if profile.is_empty():
        raise PolicyError("was not in the book of that night", where="CUSTOMER", hint="Leave --run out.")
    actions, rules = kept["night_actions"].collect(), kept["night_rules"].collect()
    bits = Bits(kept["verdicts"].filter(mine).collect(), actions, rules)
    texts = dict(rules.select("rule", "text").iter_rows())
    found = []
    for action, _, offer, treatment, channel in actions.sort("action").iter_rows():
        if offer_id in (None, offer):
            refusals = tuple(_refusals(bits, action, profile, texts))
            found.append((offer, treatment, channel, refusals))
    return Remembered(
        profile.row(0, named=True), kept["candidates"].filter(mine).collect(), tuple(one for one in found if one[3])
    )


def _refusals(bits: Bits, action: int, profile: pl.DataFrame, texts: Mapping[int, Any]) -> Iterator[Refusal]:
    """What refused an action to the one customer of the bits, in the order of a decision."""
    besides = list(_besides(bits, action))
    yield from (one for one in besides if one.letter in _FIRST)
    for rule in bits.conditions(action):
        if bits.unmet(rule)[0]:
            yield _of_condition(bits, rule, profile, str(texts[rule.number]))
    yield from (one for one in besides if one.letter not in _FIRST)


def _besides(bits: Bits, action: int) -> Iterator[Refusal]:
    """The rule besides conditions; of several only the first is known, and only by its letter."""
    number = int(bits.named(action)[0])
    if number != NOBODY:
        rule = bits.rules[number]
        yield Refusal(rule.letter, rule.id, words(rule.letter), rule.source)
    elif bits.besides(action)[0]:
        letter = LETTERS[int(bits.verdicts[f"reason_{action}"][0])]
        is_known = letter not in "EASU"
        yield Refusal(letter if is_known else "X", None, f"{words(letter)}, and more" if is_known else "several rules")


def _of_condition(bits: Bits, rule: Rule, profile: pl.DataFrame, text: str) -> Refusal:
    letter = "U" if bits.is_unknown(rule)[0] else rule.letter
    when = checked(text, columns=dict(profile.schema), place=Place(f"rule {rule.id} of that night"))
    row = profile.row(0, named=True)
    failing, change = tuple(explained(when, row)), tuple(smallest_change(when, row))
    return Refusal(letter, rule.id, words(letter), rule.source, failing, change)
