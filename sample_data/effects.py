"""What each offer truly does to each kind of customer: what later measuring is held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Effect:
    """An offer's true rates by archetype, in 1/1,000 of customers within 14 days."""

    offer: str
    group: str
    worth_minor: int
    base: tuple[int, ...]
    """Who takes it up without being told."""
    lift: tuple[int, ...]
    """How many more do when told by e-mail; < 0 where being told drives away."""


# In the order of ARCHETYPES: traveller, family, commuter, student, retiree, young professional, saver, small business.
EFFECTS = (
    Effect("travel_earn_boost", "travel", 1_800, (30, 4, 5, 6, 6, 14, 3, 9), (90, 8, 9, 12, 12, 35, 3, 20)),
    Effect("travel_insurance", "travel", 2_600, (18, 6, 4, 3, 9, 9, 5, 6), (40, 14, 5, 4, 28, 18, 10, 10)),
    Effect("coast_getaway", "travel", 2_200, (12, 6, 4, 5, 6, 7, 2, 3), (35, 22, 10, 12, 18, 16, 2, 4)),
    Effect("city_break", "travel", 2_000, (14, 3, 4, 8, 5, 12, 2, 4), (38, 4, 8, 22, 9, 36, 2, 6)),
    Effect("deposit_retention", "savings", 9_000, (20, 18, 16, 5, 60, 15, 80, 20), (-10, 25, 18, 2, 70, 12, 60, 15)),
    Effect("round_up_savings", "savings", 1_200, (8, 10, 10, 14, 4, 20, 12, 3), (14, 22, 20, 40, 4, 55, 6, 2)),
    Effect("child_savings", "savings", 2_400, (2, 16, 3, 0, 6, 3, 5, 3), (2, 60, 4, 0, 14, 4, 6, 4)),
    Effect("mortgage_consult", "credit", 25_000, (4, 6, 4, 0, 1, 8, 2, 5), (6, 12, 6, 0, -1, 26, 2, 8)),
    Effect("lease_end_loan", "credit", 12_000, (6, 9, 12, 0, 2, 7, 1, 14), (10, 24, 32, 0, 2, 14, 0, 30)),
    Effect("credit_line", "credit", 7_500, (6, 8, 8, 5, 1, 8, 1, 22), (8, 10, 12, 4, -3, 10, -4, 45)),
    Effect("grocery_cashback", "rewards", 900, (10, 26, 16, 14, 18, 10, 16, 8), (12, 70, 36, 30, 40, 14, 30, 8)),
    Effect("fuel_cashback", "rewards", 800, (6, 14, 30, 2, 10, 5, 8, 24), (8, 30, 95, 2, 20, 6, 14, 50)),
    Effect("points_cashback", "rewards", 700, (14, 16, 12, 18, 14, 16, 20, 10), (16, 24, 20, 40, 26, 28, 30, 12)),
    Effect("financial_checkup", "fallback", 400, (6, 8, 6, 4, 14, 8, 14, 8), (6, 10, 8, 4, 24, 10, 20, 10)),
)


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices that an offer was told at, drawn by lot, and how each archetype answers them."""

    offer: str
    points: tuple[str, ...]
    """From the worst for the customer to the best, at equal steps."""
    usual: int
    """The point that the rates above speak of."""
    odds: tuple[float, ...]
    """By what the odds are multiplied from the worst point to the best, in the order of ARCHETYPES."""


PRICES = (
    Prices("deposit_retention", ("plain", "standard", "loyal", "best"), 1, (3, 4, 3, 2, 6, 4, 9, 5)),
    Prices("travel_earn_boost", ("double", "triple", "fourfold"), 1, (4, 2, 2, 3, 2, 3, 1.5, 2)),
)

CHANNEL_SHARE = {"email": 1.0, "push": 1.15, "inapp": 0.9, "sms": 0.8}
"""By what the lift is multiplied on each channel."""


def rates(name: str) -> NDArray[np.float64]:
    """Offers x archetypes: the rates ``base`` or ``lift`` as fractions."""
    return np.array([getattr(effect, name) for effect in EFFECTS]) / 1_000


def priced(
    chance: NDArray[np.float64], offer: NDArray[np.int64], point: NDArray[np.int64], kind: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The chances of contacts at the prices that were told; ``point`` is the price's place, -1 where there is one."""
    names = [effect.offer for effect in EFFECTS]
    result = chance.copy()
    for prices in PRICES:
        here = np.flatnonzero((offer == names.index(prices.offer)) & (point >= 0))
        steps = (point[here] - prices.usual) / (len(prices.points) - 1)
        odds = np.log(chance[here] / (1 - chance[here])) + steps * np.log(np.array(prices.odds))[kind[here]]
        result[here] = 1 / (1 + np.exp(-odds))
    return result
