"""Messages with what the checks say of each: withheld rows are kept with their reasons, never dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from persona.checks.checks import CHECKS
from persona.checks.given import Check, Given
from persona.checks.rules import checks_of
from persona.checks.texts import heard
from persona.errors import ComplianceError
from persona.policy.policy import Policy

__all__ = ["Specimens", "checked", "judged", "meanings", "reconciled"]

ROWS_AT_ONCE = 20_000
"""Messages that are read at one time: what a customer reads is held twice more while it is searched."""


@dataclass(frozen=True)
class Specimens:
    """Messages whose words stand for those of many."""

    kin: pl.Series
    """The number of the specimen of each message; null where it has none."""
    messages: pl.DataFrame
    """The specimens, each with its number as ``kin``."""


def checked(messages: pl.DataFrame, *, policy: Policy, day: date, specimens: Specimens | None = None) -> pl.DataFrame:
    """The messages with every check that withholds each of them, and every rule that only warns.

    Where a specimen is in order, its like are asked only what is not of words; all others are looked at one by one.

    Grain: as given, in the order given.
    Makes: ``failed`` (list of checks and rules, those of composing first; empty: it may leave), ``warned`` (list of
    rules), ``check_id`` (the first of ``failed``: the message's reason Q(id); null where none).
    """
    given = Given.of(policy, day=day)
    blocking = tuple(rule for rule in given.rules if rule.severity == "block")
    warning = tuple(rule for rule in given.rules if rule.severity == "warn")
    checks, warnings = CHECKS + checks_of(blocking, given), checks_of(warning, given)
    if specimens is None or specimens.messages.is_empty():
        return judged(messages, given, checks, warnings=warnings)
    is_fine = _fine(messages, given, checks, warnings, specimens)
    rest = messages.filter(~is_fine)
    return _together(messages, is_fine, None if rest.is_empty() else judged(rest, given, checks, warnings=warnings))


def _fine(
    messages: pl.DataFrame, given: Given, checks: Sequence[Check], warnings: Sequence[Check], specimens: Specimens
) -> pl.Series:
    """Whether each message is in order, as its specimen is and nothing else is wrong; false where that is not known."""
    of_words = [check for check in (*checks, *warnings) if check.of_words]
    others = [check for check in (*checks, *warnings) if not check.of_words]
    empty = pl.Series("failed", [[]], dtype=pl.List(pl.String)).new_from_index(0, specimens.messages.height)
    looked_at = judged(specimens.messages.with_columns(empty), given, of_words)
    in_order = looked_at.filter(pl.col("check_id").is_null())["kin"]
    is_wrong = messages.select(wrong=pl.any_horizontal(pl.lit(value=False), *(one.refuses(given) for one in others)))
    return (specimens.kin.is_in(in_order.implode()) & ~is_wrong["wrong"]).fill_null(value=False)


def _together(messages: pl.DataFrame, is_fine: pl.Series, rest: pl.DataFrame | None) -> pl.DataFrame:
    """All messages in their order: those in order, and those that were looked at one by one."""
    none = pl.Series("warned", [[]], dtype=pl.List(pl.String)).new_from_index(0, messages.height)
    made = messages.with_columns(none, check_id=pl.col("failed").list.first())
    if rest is None:
        return made
    place = pl.int_range(pl.len())
    places = pl.concat([made.select(place).filter(mask).to_series() for mask in (is_fine, ~is_fine)])
    return pl.concat([made.filter(is_fine), rest])[places.arg_sort()]


def judged(
    messages: pl.DataFrame, given: Given, checks: Sequence[Check], *, warnings: Sequence[Check] = ()
) -> pl.DataFrame:
    """The messages with the checks that refuse them: see ``checked``."""
    failed, warned = _named(checks, given), _named(warnings, given)
    made = [_judged(rows, failed, warned) for rows in messages.iter_slices(ROWS_AT_ONCE)]
    return pl.concat(made) if made else _judged(messages, failed, warned)


def _judged(rows: pl.DataFrame, failed: pl.Expr, warned: pl.Expr) -> pl.DataFrame:
    named = heard(rows).with_columns(
        failed=pl.concat_list("failed", failed).list.unique(maintain_order=True),
        warned=warned,
    )
    return named.with_columns(check_id=pl.col("failed").list.first()).drop("said", "^heard.*$")


def _named(checks: Sequence[Check], given: Given) -> pl.Expr:
    """The ids of the checks that refuse, in their order."""
    ids = [pl.when(check.refuses(given)).then(pl.lit(check.id)) for check in checks]
    return pl.concat_list(pl.repeat(None, pl.len(), dtype=pl.String), *ids).list.drop_nulls()


def meanings(policy: Policy) -> dict[str, str]:
    """What each check sees to, and the section of law or policy that each rule comes from, by id."""
    rules = {rule.id: f"{rule.law}; {rule.source}" for rule in policy.compliance}
    return {**{check.id: f"must hold: {check.about}" for check in CHECKS}, **rules}


def reconciled(messages: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """The messages, each of which has its one decision, which is carried out and goes to the same customer.

    Raises: ComplianceError with the count of each kind of message that nobody decided.
    """
    key = ["message_id", "customer_no", "offer_id", "treatment_id", "channel"]
    repeated = messages.height - messages["message_id"].n_unique()
    offered = decisions.filter(~pl.col("is_ghost")) if "is_ghost" in decisions.columns else decisions
    strays = messages.join(offered, on=key, how="anti").height
    silent = offered.filter(pl.col("channel").is_not_null()).join(messages, on=key, how="anti").height
    counts = {
        "messages repeat a key": repeated,
        "messages have no decision that is carried out": strays,
        "decisions have no message": silent,
    }
    told = [f"{count:,} {what}" for what, count in counts.items() if count]
    if told:
        raise ComplianceError(
            "; ".join(told), where="messages", hint="Nothing was written; run `persona render` again."
        )
    return messages
