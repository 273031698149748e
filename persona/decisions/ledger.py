"""The ledger's rows: what was decided for each customer, and the contacts that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b

import polars as pl

from persona.clock import AsOf
from persona.decisions.holdout import HOLDOUT, TREATED
from persona.policy.actions import SLOTS, Action, occasion
from persona.policy.rules import Holdout
from persona.tables import PolarsType
from persona.tables.decisions import CANDIDATES, DECISIONS, PLANNED_CONTACTS
from persona.tables.reasons import CODES, LETTERS

__all__ = ["OCCASIONS", "candidates", "contacts", "decisions", "described", "message_id", "settled"]

_TAKEN = (CODES["O"], CODES["H"])

OCCASIONS: dict[str, PolarsType] = {
    "customer_no": pl.Int64,
    "offer_id": pl.String,
    "occasion": pl.String,
    "expires_utc": pl.Datetime("us"),
}
"""What an offer answers for a customer, and until when; without one an offer has the occasion of its action."""


def candidates(allocated: pl.DataFrame, actions: Sequence[Action], *, day: date, most: int = 5) -> pl.DataFrame:
    """The best admissible actions of each customer and slot, and the one that was taken.

    Grain: one row a customer and admissible action up to rank ``most``; sorted by customer, slot, rank.
    Makes: the columns of ``tables.decisions.CANDIDATES``.
    """
    is_taken = pl.col("reason").is_in(_TAKEN)
    taken = allocated.filter(is_taken).group_by("customer_no", "slot").agg(best=pl.col("value_milli").min())
    kept = allocated.filter((pl.col("rank") <= most) | is_taken)
    beside = kept.join(taken, on=["customer_no", "slot"], how="left", maintain_order="left")
    margin = pl.col("best").fill_null(0) - pl.col("value_milli")
    full = beside.with_columns(margin_milli=margin, reason_id="limit_id")
    return CANDIDATES.checked(described(full, actions, day=day))


def decisions(
    allocated: pl.DataFrame,
    verdicts: pl.DataFrame,
    units: pl.DataFrame,
    windows: pl.DataFrame,
    actions: Sequence[Action],
    *,
    as_of: AsOf,
    run_id: str,
    holdouts: Sequence[Holdout] = (),
    versions: Mapping[str, str] | None = None,
    occasions: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What was decided for each customer of a batch: actions of each slot, else silence in marketing.

    Grain: one row a customer and action that was taken, or his silence; sorted by customer, slot and rank.
    Reads: the batch's rows of ``allocated``, ``stopped_by`` and ``stopped_id`` of ``verdicts``, the windows,
    ``versions`` (offer -> hash), and ``OCCASIONS``. Makes: the columns of ``tables.decisions.DECISIONS``.
    """
    taken = _answering(described(allocated.filter(pl.col("reason").is_in(_TAKEN)), actions, day=as_of.day), occasions)
    rows = pl.concat([taken, _silence(allocated, taken, verdicts, units)], how="diagonal_relaxed")
    beside = rows.join(units, on="customer_no", how="left").join(windows, on="customer_no", how="left")
    versions_of = {action.offer.offer: (versions or {}).get(action.offer.offer, "") for action in actions}
    full = beside.with_columns(
        run_id=pl.lit(run_id),
        offer_version=pl.col("offer_id").replace_strict(versions_of, default=None, return_dtype=pl.String),
        p_logged=(pl.col("p_logged") if "p_logged" in rows.columns else pl.lit(None, pl.Float64)).fill_null(1.0),
        layer=_layer(units),
        arm=_arm(holdouts),
        reason_id=pl.when(pl.col("reason") == "H").then(_holdout_id(holdouts)).otherwise("reason_id"),
        is_ghost=pl.col("reason") == "H",
        not_before_utc=pl.max_horizontal(_of_channel("not_before", windows), "valid_from_utc"),
        not_after_utc=pl.min_horizontal(_of_channel("not_after", windows), "expires_utc"),
    )
    return DECISIONS.checked(_with_message_id(full).sort("customer_no", "slot", "rank"))


def _answering(taken: pl.DataFrame, occasions: pl.DataFrame | None) -> pl.DataFrame:
    """What was taken, with the occasion of what it answers; an offer that is not repeatable stays told once."""
    told = pl.DataFrame(schema=OCCASIONS) if occasions is None else occasions
    answers = told.rename({"occasion": "answered"})
    beside = taken.join(answers, on=["customer_no", "offer_id"], how="left", maintain_order="left")
    is_free = pl.col("occasion") != "once"
    return beside.with_columns(
        occasion=pl.when(is_free).then(pl.coalesce("answered", "occasion")).otherwise("occasion")
    )


def contacts(decisions: pl.DataFrame, units: pl.DataFrame, actions: Sequence[Action], *, as_of: AsOf) -> pl.DataFrame:
    """The contacts that are to be made, and those on paper only: the ledger's rows, before any of them is written.

    Grain: one row a decision that is sent, or a ghost's; sorted by the key.
    Makes: ``tables.decisions.PLANNED_CONTACTS``.
    """
    classes = {action.offer.offer: action.slot for action in actions}
    sent = decisions.filter(pl.col("reason").is_in(["O", "H"])).join(
        units.select("customer_no", "household_key"), on="customer_no", how="left"
    )
    full = sent.with_columns(
        pl.col("offer_id").replace_strict(classes, default=None, return_dtype=pl.String).alias("class"),
        status=pl.when("is_ghost").then(pl.lit("ghost")).otherwise(pl.lit("planned")),
        message_id=_message_ids(sent),
        at=pl.lit(as_of.naive_utc, dtype=pl.Datetime("us")),
    )
    return PLANNED_CONTACTS.checked(full).sort(PLANNED_CONTACTS.key)


def settled(
    verdicts: pl.DataFrame, allocated: pl.DataFrame, actions: Sequence[Action], closed: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The verdicts of a batch with a reason in every cell: what the allocation said where nothing had refused.

    An admissible action that never became a proposal has no known value: ``U``; one of ``closed`` has the
    reason that stands there.
    """
    columns = []
    shut = pl.DataFrame(schema=_CLOSED) if closed is None else closed
    for action in actions:
        name = f"reason_{action.index}"
        here = allocated.filter(pl.col("action") == action.index).select("customer_no", said="reason")
        others = shut.filter(pl.col("action") == action.index).select("customer_no", said="reason")
        here = pl.concat([here, others.join(here, on="customer_no", how="anti")])
        beside = verdicts.select("customer_no", name).join(here, on="customer_no", how="left", maintain_order="left")
        said = pl.col("said").fill_null(CODES["U"])
        columns.append(beside.select(pl.when(pl.col(name) == 0).then(said).otherwise(name).alias(name))[name])
    return verdicts.with_columns(columns)


_CLOSED: dict[str, PolarsType] = {"customer_no": pl.Int64, "action": pl.Int16, "reason": pl.UInt8}


def described(rows: pl.DataFrame, actions: Sequence[Action], *, day: date) -> pl.DataFrame:
    """Proposals in words: slot, offer, treatment, channel, costs, weights and the letter of the reason."""
    known = [_description(action, day) for action in actions]
    schema = dict.fromkeys(_WORDS, pl.String) | dict.fromkeys(_COSTS, pl.Int64) | {"action": pl.Int16}
    catalogue = pl.DataFrame(known, schema={**schema, "valid_from_utc": pl.Datetime("us")}, orient="row")
    named = pl.DataFrame(
        _points(actions), schema={"action": pl.Int16, "point": pl.Int8, "price_point": pl.String}, orient="row"
    )
    return (
        rows.drop("slot")
        .join(catalogue, on="action", how="left", maintain_order="left")
        .join(named, on=["action", "point"], how="left", maintain_order="left")
        .with_columns(
            context=(100 + pl.col("context_percent")) / 100,
            lever=(100 + pl.col("lever_percent")) / 100,
            reason=pl.col("reason").replace_strict(LETTERS, return_dtype=pl.String),
        )
    )


def _points(actions: Sequence[Action]) -> list[tuple[int, int, str]]:
    """Each price of each action: its column, its place on the ladder and its id."""
    return [
        (one.index, at, one.offer.price.points[at].id)
        for one in actions
        for at in one.points
        if one.offer.price and at is not None
    ]


_WORDS = ("slot", "offer_id", "treatment_id", "channel", "group_id", "campaign_id", "occasion", "window", "day_slot")
_COSTS = ("cost_minor", "fatigue_minor")


def _description(action: Action, day: date) -> tuple[object, ...]:
    offer, treatment = action.offer, action.treatment
    words = (action.slot, offer.offer, treatment.id, action.channel, offer.group, offer.campaign_id)
    costs = (treatment.cost_minor, treatment.fatigue_minor)
    hours = (action.window, action.hours.id if action.hours else None)
    return (*words, occasion(action, day), *hours, *costs, action.index, action.from_utc)


def _silence(allocated: pl.DataFrame, taken: pl.DataFrame, verdicts: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Whom marketing leaves in peace, and why: what became of his best action, else what stopped him nearest to one."""
    marketing = allocated.filter(pl.col("slot") == SLOTS.index("marketing"))
    first = marketing.filter(pl.col("rank") == 1).select("customer_no", "limit_id", best=pl.col("reason"))
    told = taken.filter(pl.col("slot") == "marketing")
    silent = units.select("customer_no").join(told, on="customer_no", how="anti", maintain_order="left")
    why = silent.join(first, on="customer_no", how="left", maintain_order="left").join(
        verdicts.select("customer_no", "stopped_by", "stopped_id"),
        on="customer_no",
        how="left",
        maintain_order="left",
    )
    # A customer whose admissible actions have no known value has neither.
    is_stopped = pl.col("stopped_by") > 0
    code = pl.coalesce("best", pl.when(is_stopped).then("stopped_by"), pl.lit(CODES["U"], dtype=pl.UInt8))
    stopper = pl.when(is_stopped).then("stopped_id").otherwise(pl.lit("worth"))
    return why.select(
        "customer_no",
        slot=pl.lit("marketing"),
        value_milli=pl.lit(0, dtype=pl.Int64),
        reason=code.replace_strict(LETTERS, return_dtype=pl.String),
        reason_id=pl.coalesce("limit_id", pl.when(pl.col("best").is_null()).then(stopper)),
    )


def _holdout_id(holdouts: Sequence[Holdout]) -> pl.Expr:
    """The first holdout, in the order of the file, that keeps the action from being sent."""
    result = pl.lit(None, dtype=pl.String)
    for rule in reversed(holdouts):
        result = pl.when(_applies(rule)).then(pl.lit(rule.id)).otherwise(result)
    return result


def _arm(holdouts: Sequence[Holdout]) -> pl.Expr:
    """The arm of the decision: what a holdout from all marketing says of silence too."""
    held = pl.any_horizontal(pl.lit(value=False), *(_applies(rule) for rule in holdouts)) & (
        pl.col("slot") == "marketing"
    )
    return pl.when(held).then(pl.lit(HOLDOUT)).otherwise(pl.lit(TREATED))


def _layer(units: pl.DataFrame) -> pl.Expr:
    """The arm in which a layer of the decision on marketing is left out; null: none is."""
    member = pl.col("layer_id") if "layer_id" in units.columns else pl.lit(None, dtype=pl.String)
    return pl.when(pl.col("slot") == "marketing").then(member)


def _applies(rule: Holdout) -> pl.Expr:
    member = pl.col(f"holdout_{rule.id}")
    return member & pl.col("offer_id").is_in(rule.offers).fill_null(False) if rule.offers else member


def _of_channel(edge: str, windows: pl.DataFrame) -> pl.Expr:
    prefix = f"{edge}_"
    result = pl.lit(None, dtype=pl.Datetime("us"))
    for name in windows.columns:
        if name.startswith(prefix):
            result = pl.when(pl.col("window") == name.removeprefix(prefix)).then(name).otherwise(result)
    return result


def message_id(customer_no: int, campaign_id: str, channel: str, occasion: str) -> str:
    """The id of the message of a contact: 32 hex digits that say nothing of the customer.

    Source: BLAKE2b of the contact's key, 16 bytes.
    """
    key = f"{customer_no}|{campaign_id}|{channel}|{occasion}"
    return blake2b(key.encode(), digest_size=16).hexdigest()


def _message_ids(rows: pl.DataFrame) -> pl.Series:
    keys = rows.select("customer_no", "campaign_id", "channel", "occasion").iter_rows()
    return pl.Series("message_id", [message_id(*key) for key in keys], dtype=pl.String)


def _with_message_id(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(message_id=pl.when(pl.col("reason") == "O").then(_message_ids(rows)))
