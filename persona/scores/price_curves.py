"""Price curves: by how much the odds of a yes rise from the worst price of an offer to the best, segment by segment.

Log-odds = level of the segment + slope of the segment x how good the price is. A segment of which little is known has
the slope of the others (empirical Bayes, ``price_response``); no slope is below 0: a better price never asks for less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from persona.scores.affinity_state import Floats
from persona.scores.answers import CLOSED_DAYS, contacts, is_closed
from persona.scores.cards import Measured, ModelCard, measured
from persona.scores.logistic import fit_logistic, logistic, weighed
from persona.scores.price_response import fit_price_response, weights_of
from persona.scores.search import rounded

__all__ = ["NAME", "PriceLadder", "curves_of", "fit_price_curve", "told_prices"]

NAME = "price response: "
"""What the name of a card begins with; the offer follows."""

LEAST_TOLD = 30
"""Closed contacts at a price from which it counts as tried."""
LEAST_ACCEPTED = 30
"""Acceptances from which level and slope are learnt: some ten for each number, as Peduzzi et al. (1996) advise, and ten
more for how segments differ."""
_SURE = 1.645
"""Standard errors that the slope must lie above 0: nineteen in twenty, one-sided."""
_TERMS = ("level", "better")
_TESTED = 1 / 3
"""Share of the contacts, the newest, that a model of the others foretells."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class PriceLadder:
    """An offer's prices as its answers are learnt from."""

    offer_id: str
    points: Mapping[str, float]
    """How much better each point is than the base; 1 is the way from the worst price to the best."""
    declared: float | None
    """Log-odds from the worst price to the best, as the bank expects them; None: it says nothing."""
    by: str
    """What segments are told apart by; empty: there is one curve."""


def told_prices(outcomes: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The closed contacts with offers at a price that is known.

    Grain: as ``answers.contacts``, sorted. Reads: canonical ``outcomes``, and the probability ``price_lot`` with which
    a price was drawn by lot (null: it was chosen). Makes: ``price_point``, ``is_taken``, ``is_by_lot``.
    """
    key = ["customer_no", "offer_id", "on", "channel"]
    sent = outcomes.filter((pl.col("outcome") == "sent") & pl.col("price_point").is_not_null())
    prices = (
        sent.with_columns(on=pl.col("at").dt.date())
        .group_by(key)
        .agg(pl.col("price_point").min(), is_by_lot=(pl.col("price_lot") < 1).fill_null(value=False).all())
    )
    closed = contacts(outcomes, as_of=as_of).filter(is_closed(as_of))
    told = closed.join(prices, on=key, how="inner", maintain_order="left")
    return told.with_columns(is_taken=pl.col("accepted_on").is_not_null())


def fit_price_curve(told: pl.DataFrame, ladder: PriceLadder, *, as_of: date) -> ModelCard:
    """The card of an offer's price curve, with the curves of its segments, or with what is declared in their place.

    Where prices that were drawn by lot were told often enough it is learnt from these alone: who was told them has
    nothing to do with how he answers. Reads: what ``told_prices`` makes of all offers, with ``segment`` (text; null: in
    none).
    """
    every = told.filter((pl.col("offer_id") == ladder.offer_id) & pl.col("price_point").is_in([*ladder.points]))
    better = pl.col("price_point").replace_strict(dict(ladder.points), return_dtype=pl.Float64)
    lots = every.filter("is_by_lot")
    are_enough = not _too_few(lots)
    known = lots if are_enough else every
    ordered = known.with_columns(better=better, level=1.0).sort("on", "customer_no", "channel")
    why = _too_few(ordered) or _not_clear(ordered)
    usual = rounded([_mean(every.select(better=better)["better"])])[0]
    curves = _declared(ladder, usual)
    if not why:
        curves = _learnt(ordered, usual)
    return ModelCard(
        model=f"{NAME}{ladder.offer_id}",
        says=(*_says(ladder, ordered, curves, is_learnt=not why), _whence(known.height, lots.height, every.height)),
        as_of=str(as_of),
        horizon_days=CLOSED_DAYS,
        learnt_from=tuple(_learnt_from(ordered)),
        customers=ordered["customer_no"].n_unique(),
        positives=int(ordered["is_taken"].sum()),
        measured=_tested(ordered),
        drift={},
        not_trusted_because=tuple(why),
        used=_used(ladder, is_learnt=not why),
        numbers={"curves": curves, "points": _points(ordered, ladder)},
    )


def curves_of(cards: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The curves of some cards: ``offer_id``, ``segment`` (null: everybody else), ``slope``, ``usual``; sorted.

    An offer whose answers are neither known nor declared has none.
    """
    rows = [
        (str(card["model"]).removeprefix(NAME), one["segment"], one["slope"], one["usual"])
        for card in cards
        for one in card["numbers"]["curves"]
    ]
    schema = {"offer_id": pl.String, "segment": pl.String, "slope": pl.Float64, "usual": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("offer_id", "segment", nulls_last=True)


def _mean(numbers: pl.Series) -> float:
    # In order of size, so that the sum is the same whatever the order of the rows.
    return float(numbers.sort().sum()) / numbers.len() if numbers.len() else 0.0


def _too_few(told: pl.DataFrame) -> list[str]:
    """Why there are too few answers to say how prices are answered; empty where there are enough."""
    tried = told.group_by("price_point").len().filter(pl.col("len") >= LEAST_TOLD).height
    accepted = int(told["is_taken"].sum())
    why = []
    if tried <= 1:
        why.append(f"{tried} of its prices was told {LEAST_TOLD} times or more, two are needed")
    if min(accepted, told.height - accepted) < LEAST_ACCEPTED:
        rarer = f"accepted {accepted:,} times of {told.height:,}"
        why.append(f"{rarer}, {LEAST_ACCEPTED} of both kinds are needed")
    return why


def _not_clear(told: pl.DataFrame) -> list[str]:
    """Whether better prices are not clearly answered better; empty where they are."""
    slope, error = _pooled(told)
    if slope >= _SURE * error:
        return []
    return [f"a better price is not clearly answered better (log-odds {slope:.2f} +- {error:.2f})"]


def _whence(read: int, lots: int, told: int) -> str:
    """Whether what was read was left to chance."""
    drawn = f"{lots:,} of {told:,} prices were drawn by lot"
    if read == lots:
        return f"{drawn}, and these alone were read: nobody chose who was told them."
    few = f" {drawn}, too few to be read alone." if lots else ""
    return f"Prices that were not drawn by lot may have gone to those who answer them well.{few}"


def _pooled(told: pl.DataFrame) -> tuple[float, float]:
    """The slope of all segments together and its standard error."""
    better, taken = told["better"].to_numpy()[:, None], told["is_taken"].cast(pl.Float64).to_numpy()
    weights = fit_logistic(better, taken, ridge=1e-6)
    chance = logistic(weighed(better, weights.tolist()))
    doubt, terms = chance * (1 - chance), np.column_stack([np.ones(len(taken)), better])
    information = np.einsum("ni,n,nj->ij", terms, doubt, terms)
    return float(weights[1]), float(np.sqrt(np.linalg.inv(information)[1, 1]))


def _learnt(told: pl.DataFrame, usual: float) -> list[dict[str, Any]]:
    """The curve of each segment that answered, and of everybody else."""
    segments = sorted(told["segment"].drop_nulls().unique())
    number = {name: at for at, name in enumerate(segments)}
    rows = told.with_columns(
        segment_no=pl.col("segment").replace_strict(number, default=len(segments), return_dtype=pl.Int64)
    )
    model = fit_price_response(rows, terms=_TERMS, ordered=(("better",),), by="segment_no", least=1)
    if model is None:
        return []
    weights = weights_of(range(len(segments)), rows, model, by="segment_no")
    spread = [*weights.spread[:, 1, 1].tolist(), model.spread[1][1]]
    slopes = [*weights.mean[:, 1].tolist(), max(model.mean[1], 0.0)]
    counts = dict(told.group_by("segment").len().iter_rows())
    return [
        {
            "segment": name,
            "slope": round(slope, _DIGITS),
            "deviation": round(float(np.sqrt(variance)), _DIGITS),
            "usual": usual,
            "contacts": counts.get(name, 0),
        }
        for name, slope, variance in zip([*segments, None], slopes, spread, strict=True)
    ]


def _declared(ladder: PriceLadder, usual: float) -> list[dict[str, Any]]:
    if ladder.declared is None:
        return []
    return [
        {"segment": None, "slope": round(ladder.declared, _DIGITS), "deviation": None, "usual": usual, "contacts": 0}
    ]


def _points(told: pl.DataFrame, ladder: PriceLadder) -> list[dict[str, Any]]:
    """How often each price was told and accepted; the worst for the customer first."""
    counted = told.group_by("price_point").agg(told=pl.len(), accepted=pl.col("is_taken").sum())
    known = {name: (told_, accepted) for name, told_, accepted in counted.iter_rows()}
    order = sorted(ladder.points, key=lambda name: (ladder.points[name], name))
    return [
        {"point": name, "told": known.get(name, (0, 0))[0], "accepted": known.get(name, (0, 0))[1]} for name in order
    ]


def _tested(told: pl.DataFrame) -> Measured | None:
    """The newest third, foretold by one curve of the others; beside it the same odds at every price."""
    size = round(told.height * _TESTED)
    before, after = told.head(told.height - size), told.tail(size)
    if not size or any(one["is_taken"].n_unique() < 2 for one in (before, after)):  # noqa: PLR2004 - taken and left
        return None
    taken, happened = (one["is_taken"].cast(pl.Float64).to_numpy() for one in (before, after))
    if before["better"].n_unique() < 2:  # noqa: PLR2004 - one price teaches nothing of prices
        return None
    weights = fit_logistic(before["better"].to_numpy()[:, None], taken, ridge=1.0)
    chance: Floats = logistic(weighed(after["better"].to_numpy()[:, None], weights.tolist()))
    naive = np.full(size, float(taken.mean()))
    return measured(chance, happened, naive, naive="the same odds of a yes at every price")


def _says(
    ladder: PriceLadder, told: pl.DataFrame, curves: Sequence[Mapping[str, Any]], *, is_learnt: bool
) -> list[str]:
    """What a person who answers for the prices should read first."""
    apart = f" in each segment by {ladder.by}" if ladder.by else ""
    said = [f"How the odds of a yes to {ladder.offer_id} move with its price{apart}."]
    for one in curves:
        who = one["segment"] or ("everybody else" if is_learnt and ladder.by else "everybody")
        doubt = f" (x{np.exp(one['deviation']):.2f} either way)" if one["deviation"] is not None else ", as declared"
        said.append(
            f"From the worst price to the best the odds of {who} are multiplied by {np.exp(one['slope']):.2f}{doubt}."
        )
    counts = [f"{one['point']} {one['accepted']:,} of {one['told']:,}" for one in _points(told, ladder)]
    if told.height:
        said.append(f"Accepted of those told, from the worst price to the best: {', '.join(counts)}.")
    never = [name for name in ladder.points if name not in set(told["price_point"])]
    if never:
        said.append(f"Never told so far, so that its answer is a guess: {', '.join(never)}.")
    return said


def _learnt_from(told: pl.DataFrame) -> list[str]:
    if not told.height:
        return ["no contact at a price that is known"]
    return [f"{told.height:,} closed contacts from {told['on'].min()!s} to {told['on'].max()!s}"]


def _used(ladder: PriceLadder, *, is_learnt: bool) -> str:
    if is_learnt:
        return "the model"
    return "the odds ratio that the offer declares" if ladder.declared is not None else "the base price for everybody"
