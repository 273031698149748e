"""Silent attrition: whether each customer will buy again soon, and who is about to stay away without a word.

BG/NBD knows when a silence is too long for a customer's own beat; decayed counts know how that beat has changed. Both
stacked into one logistic regression were best in six of six tests on real purchases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from persona.scores.affinity_state import Floats
from persona.scores.cards import Measured, ModelCard, measured
from persona.scores.drift import Drift
from persona.scores.gates import no_skill
from persona.scores.habits import Habits, habits_back
from persona.scores.occasions import Occasions
from persona.scores.renewal import Renewal, bought_within, chance_within, far, fit_renewal, fit_stacked, moved

__all__ = ["EARLIER_DAYS", "Attrition", "attrition", "chance_to_buy", "fit_attrition"]

HORIZON_DAYS = 30
EARLIER_DAYS = 90
"""Back to the chance that a customer is at risk against."""
_LEAST_OCCASIONS = 3
_AT_RISK = 0.5
_NAIVE = "as often as those who did, or did not, buy in the days before"


@dataclass(frozen=True, slots=True)
class Attrition:
    """A fitted model; plain numbers, 12 digits."""

    renewal: Renewal
    coefficients: tuple[float, ...]
    """Constant and one for each of terms.TERMS; none: the chance of BG/NBD alone is used."""
    horizon_days: int

    @classmethod
    def of(cls, numbers: Mapping[str, Any]) -> Attrition | None:
        """The same from the numbers of a card; None where it has none."""
        if not numbers:
            return None
        return cls(Renewal.of(numbers["renewal"]), tuple(numbers["coefficients"]), numbers["horizon_days"])


def fit_attrition(
    seen: Occasions, *, as_of: date, horizon_days: int = HORIZON_DAYS, incomplete: str = ""
) -> tuple[Attrition | None, ModelCard]:
    """The model of a sample's occasions, learnt a horizon back, and its card; None where nobody bought twice before.

    ``incomplete`` says why the last months cannot be learnt from, nor anything be measured by; empty where they can.
    The skill is measured honestly: a model learnt two horizons back foretells the last one.
    """
    long_past, past, now = habits_back(seen, 2 * horizon_days, horizon_days, 0)
    happened = bought_within(seen, horizon_days)
    candidates, why = _fitted(past, happened, horizon_days=horizon_days)
    reasons = [one for one in (incomplete, why) if one]
    model, tested = None, None
    is_measurable = bool(candidates) and not incomplete
    drifts = moved(past, now, candidates[0].renewal, horizon_days=horizon_days) if is_measurable else {}
    for candidate in candidates if not incomplete else candidates[-1:]:
        is_stacked = bool(candidate.coefficients)
        tested = _tested(seen, long_past, past, horizon_days, is_stacked=is_stacked) if is_measurable else None
        worse = no_skill(tested.log_loss, tested.naive_log_loss) if tested else ""
        against = [one for one in (far(drifts, candidate.coefficients), f"is {worse}" if worse else "") if one]
        if not against:
            model = candidate
            break
        reasons += [f"{_name(candidate)} {one}" for one in against]
    warned = _warned(seen, past, model) if model and not incomplete else ""
    says, days = [warned] if warned else [], horizon_days
    return model, _card(model, past, happened, tested, drifts, reasons, says=says, as_of=as_of, horizon_days=days)


def _warned(seen: Occasions, past: Habits, model: Attrition) -> str:
    """Whom the alarm would have warned of a horizon ago, and who of them stayed away; empty where nobody was known."""
    days = model.horizon_days
    told = attrition(past, next(habits_back(seen, EARLIER_DAYS + days)), model)["is_at_risk"].fill_null(value=False)
    here, alarmed, away = past.count > 0, told.to_numpy(), bought_within(seen, days) == 0
    if not here.any():
        return ""
    right, stayed = int((alarmed & away).sum()), int((here & away).sum())
    would_tell = f"{days} days ago it would have told {int(alarmed.sum()):,} of {int(here.sum()):,} to be at risk"
    return f"{would_tell}: {right:,} of them bought nothing since, as did {stayed - right:,} others."


def _fitted(past: Habits, happened: Floats, *, horizon_days: int) -> tuple[tuple[Attrition, ...], str]:
    """The stacked model and, to fall back on, BG/NBD alone; why there are not both."""
    renewal = fit_renewal(past)
    if renewal is None:
        return (), "nobody has bought on two days"
    coefficients, why = fit_stacked(past, renewal, happened, horizon_days=horizon_days)
    alone = Attrition(renewal, (), horizon_days)
    return ((Attrition(renewal, coefficients, horizon_days), alone) if coefficients else (alone,)), why


def _name(model: Attrition | None) -> str:
    if model is None:
        return "nothing"
    weighed = sum(1 for weight in model.coefficients[1:] if weight)
    return ("BG/NBD alone", "BG/NBD at the book's level", "BG/NBD stacked with decayed counts")[min(weighed, 2)]


def chance_to_buy(seen: Habits, model: Attrition) -> Floats:
    """The probability that each customer buys within the horizon, 6 digits; 0 of those who never bought."""
    return chance_within(seen, model.renewal, model.coefficients, horizon_days=model.horizon_days)


def attrition(seen: Habits, then: Habits, model: Attrition | None) -> pl.DataFrame:
    """Whether each customer will buy again, and who is at risk of leaving in silence.

    ``then`` are the habits of the same customers EARLIER_DAYS before.
    Grain: one row a customer, sorted. Makes: ``buys_30d`` (probability to buy anything within the horizon, 6 digits;
    null: never bought, or no model), ``is_at_risk`` (it is below half of the customer's own of 90 days ago; false also
    where fewer than three occasions were known then, whose beat says nothing; null: never bought, or no model).
    """
    here = seen.count > 0
    if model is None:
        flag = pl.lit(None, dtype=pl.Boolean)
        return pl.DataFrame({"customer_no": seen.customers}).with_columns(
            buys_30d=pl.lit(None, dtype=pl.Float64), is_at_risk=flag
        )
    now, before = chance_to_buy(seen, model), chance_to_buy(then, model)
    at_risk = (then.count >= _LEAST_OCCASIONS) & (now < _AT_RISK * before)
    frame = pl.DataFrame({"customer_no": seen.customers, "now": now, "here": here, "is_at_risk": at_risk})
    return frame.select(
        "customer_no", buys_30d=pl.when("here").then("now"), is_at_risk=pl.when("here").then("is_at_risk")
    )


def _tested(
    seen: Occasions, long_past: Habits, past: Habits, horizon_days: int, *, is_stacked: bool
) -> Measured | None:
    """A model learnt two horizons back, against what happened in the last one."""
    before_that, learnt, happened = (
        bought_within(seen, back + horizon_days, after=back) for back in (2 * horizon_days, horizon_days, 0)
    )
    models, _ = _fitted(long_past, learnt, horizon_days=horizon_days)
    if not models:
        return None
    model = models[0 if is_stacked else -1]
    here, before = past.count > 0, long_past.count > 0
    rates = _rates(before_that[before], learnt[before])
    naive = rates[learnt.astype(np.int64)]
    return measured(chance_to_buy(past, model)[here], happened[here], naive[here], naive=_NAIVE)


def _rates(recent: Floats, happened: Floats) -> Floats:
    """How often those bought who did not, and who did, buy in the days before."""
    kinds = recent.astype(np.int64)
    bought, all_of = np.bincount(kinds, happened, minlength=2), np.bincount(kinds, minlength=2)
    return np.asarray((bought + 0.5) / (all_of + 1.0), dtype=np.float64)


def _card(
    model: Attrition | None,
    past: Habits,
    happened: Floats,
    tested: Measured | None,
    drifts: Mapping[str, Drift],
    why: Sequence[str],
    *,
    says: Sequence[str],
    as_of: date,
    horizon_days: int,
) -> ModelCard:
    before = past.count > 0
    start = as_of - timedelta(days=horizon_days)
    return ModelCard(
        model="attrition",
        says=(
            f"Probability that a customer buys anything of his own choice in the next {horizon_days} days.",
            f"At risk is who stands below half of his own probability of {EARLIER_DAYS} days ago.",
            *says,
            "Inputs: days and amounts of purchases, bills left out. No attribute of the person is used.",
            "Not for credit decisions. Who pays elsewhere has not left the bank: read it beside his balances.",
        ),
        as_of=str(as_of),
        horizon_days=horizon_days,
        learnt_from=(f"purchase days before {start}, and who bought from then until {as_of}",),
        customers=int(before.sum()),
        positives=int(happened[before].sum()),
        measured=tested,
        drift=drifts,
        not_trusted_because=tuple(why),
        used=_name(model),
        numbers=asdict(model) if model else {},
    )
