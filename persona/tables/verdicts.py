"""What the bits of a night's verdicts mean: its action columns, and every rule that could refuse one of them."""

from __future__ import annotations

import polars as pl

from persona.tables.contract import Column, Contract

__all__ = ["ACTIONS", "MET", "RULES", "SEVERAL", "UNSUITABLE"]

SEVERAL = 255
"""In ``besides_<action>`` of the verdicts: more than one rule that is no condition refuses the action."""

MET, UNSUITABLE = 1, 2
"""How a customer stands to an offer: every condition of an action of it is met; suitability refuses each action."""

_TEXT = pl.String

ACTIONS = Contract(
    "night_actions",
    "one row an action column of the night",
    ("action",),
    (
        Column("action", pl.Int16, "the number in reason_<action> and besides_<action> of the verdicts", ""),
        Column("slot", _TEXT, "marketing, service or regulatory: what is decided together", ""),
        Column("offer_id", _TEXT, "the offer", ""),
        Column("treatment_id", _TEXT, "the treatment", ""),
        Column("channel", _TEXT, "the channel of the treatment", ""),
    ),
)

RULES = Contract(
    "night_rules",
    "one row a rule that could refuse an action of the night, in the order in which they are asked",
    ("rule",),
    (
        Column("rule", pl.Int16, "its number", ""),
        Column("letter", _TEXT, "letter of tables.reasons", ""),
        Column("id", _TEXT, "the condition, limit, cool-off, suppression, channel ...", ""),
        Column("bit", pl.Int16, "its bit in met_<plane> and unknown_<plane> of the verdicts", "it is no condition"),
        Column("besides", pl.UInt8, "its number in besides_<action> of the verdicts", "it is a condition"),
        Column("blocks", pl.Boolean, "whether failing it refuses the action, or is only counted", ""),
        Column("unknown_blocks", pl.Boolean, "whether it refuses where what it reads is not known", ""),
        Column("text", _TEXT, "the condition as it is written", "it is no condition"),
        Column("source", _TEXT, "the law, policy or contract that it comes from", ""),
        Column("owner", _TEXT, "who answers for it", ""),
        Column("actions", pl.List(pl.Int16), "the action columns that it speaks of", ""),
    ),
)
