"""Who is left in peace after an earlier answer, and from what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from persona.clock import AsOf
from persona.offers.history import is_known, local_day
from persona.policy.actions import Action
from persona.policy.rules import Cooloff

__all__ = ["ANSWERS", "IGNORED", "resting"]

IGNORED = "ignored"
"""The outcome that nobody reports: it was sent, and nothing came of it."""

ANSWERS = ("opened", "clicked", "accepted", "declined", "unsubscribed", "complained", "bounced")
"""What shows that a contact was not ignored; one that bounced was never seen."""

MOST_TIMES = 4
"""From as many times on the silence grows no longer."""

_LEVELS = {"offer": "offer_id", "group": "group_id", "channel": "channel"}


def resting(
    outcomes: pl.DataFrame,
    history: pl.DataFrame,
    cooloffs: Sequence[Cooloff],
    *,
    actions: Sequence[Action],
    as_of: AsOf,
) -> pl.DataFrame:
    """Every cool-off in force on the day of ``as_of``.

    Grain: one row a customer, cool-off and key, sorted.
    Reads: ``outcomes``; ``history`` as ``contact_history`` makes it. A cool-off begins with the outcome that makes
    ``count`` of them within ``within_days``, at its level, and lasts ``suppress_days`` from that day, ``escalate``
    times as long with each further time. ``ignored`` is a marketing contact that was sent and had no answer within
    ``ignored_after_days``; it counts from their end.
    Makes: ``cooloff``, ``key`` (the offer, group, issue or channel left in peace; empty: all marketing).
    """
    told = _answers(outcomes, actions, as_of)
    found = [_in_force(_events(told, history, rule, as_of), rule, actions, as_of) for rule in cooloffs]
    none = pl.DataFrame(schema={"customer_no": pl.Int64, "cooloff": pl.String, "key": pl.String})
    return pl.concat([none, *found]).sort("customer_no", "cooloff", "key")


def _answers(outcomes: pl.DataFrame, actions: Sequence[Action], as_of: AsOf) -> pl.DataFrame:
    groups = {action.offer.offer: action.offer.group for action in actions}
    here = pl.col("offer_id").replace_strict(groups, default=None, return_dtype=pl.String)
    known = outcomes.filter(is_known(outcomes, as_of) & pl.col("customer_no").is_not_null())
    return known.select(
        "customer_no",
        "offer_id",
        pl.coalesce("group_id", here).alias("group_id"),
        "channel",
        "outcome",
        on=local_day("at", as_of.zone),
    )


def _events(told: pl.DataFrame, history: pl.DataFrame, rule: Cooloff, as_of: AsOf) -> pl.DataFrame:
    if rule.outcome == IGNORED:
        return _ignored(told, history, rule, as_of)
    return told.filter(pl.col("outcome") == rule.outcome).drop("outcome").unique()


def _ignored(told: pl.DataFrame, history: pl.DataFrame, rule: Cooloff, as_of: AsOf) -> pl.DataFrame:
    same = ["customer_no", "offer_id", "channel"]
    wait = timedelta(days=rule.ignored_after_days)
    sent = history.filter(pl.col("is_sent") & (pl.col("class") == "marketing") & (pl.col("on") + wait <= as_of.day))
    answers = told.filter(pl.col("outcome").is_in(ANSWERS)).select(*same, answered_on="on")
    answered = sent.join(answers, on=same).filter(
        (pl.col("answered_on") >= pl.col("on")) & (pl.col("answered_on") < pl.col("on") + wait)
    )
    silent = sent.join(answered.select(*same, "on").unique(), on=[*same, "on"], how="anti")
    return silent.select("customer_no", "offer_id", "group_id", "channel", on=pl.col("on") + wait)


def _in_force(events: pl.DataFrame, rule: Cooloff, actions: Sequence[Action], as_of: AsOf) -> pl.DataFrame:
    days = (
        events.select("customer_no", "on", key=_key(rule, actions))
        .filter(pl.col("key").is_not_null())
        .sort("customer_no", "key", "on")
    )
    first = pl.col("on").shift(rule.count - 1).over("customer_no", "key")
    is_enough = pl.col("on") < first + timedelta(days=rule.within_days)
    grown = days.with_columns(is_enough=is_enough, times=_times(days, rule)).filter("is_enough")
    lasts = pl.duration(days=rule.suppress_days * pl.lit(rule.escalate).pow(pl.col("times").clip(1, MOST_TIMES) - 1))
    found = grown.filter(pl.col("on") + lasts > as_of.day).select("customer_no", "key").unique()
    return found.select("customer_no", pl.lit(rule.id).alias("cooloff"), "key")


def _key(rule: Cooloff, actions: Sequence[Action]) -> pl.Expr:
    """What is left in peace: the offer, group, issue or channel; empty: all marketing."""
    if rule.level == "issue":
        issues = {action.offer.group: action.issue for action in actions}
        return pl.col("group_id").replace_strict(issues, default=None, return_dtype=pl.String)
    return pl.col(_LEVELS[rule.level]) if rule.level in _LEVELS else pl.lit("")


def _times(days: pl.DataFrame, rule: Cooloff) -> pl.Series:
    """How many times over ``count`` was reached within the days before each event."""
    numbered = days.with_row_index("place")
    earlier = numbered.join(days.rename({"on": "before"}), on=["customer_no", "key"])
    back = timedelta(days=rule.within_days)
    within = earlier.filter((pl.col("before") <= pl.col("on")) & (pl.col("before") > pl.col("on") - back))
    counted = numbered.join(within.group_by("place").len(), on="place", how="left", maintain_order="left")
    return (counted["len"] // rule.count).cast(pl.Int64).alias("times")
