"""Over which channel a customer may be told something of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from persona.policy.actions import SLOTS

__all__ = ["ADDRESS", "may_be_told"]

ADDRESS: Mapping[str, str] = {
    "email": "has_email",
    "sms": "has_phone",
    "push": "has_push",
    "letter": "has_address",
    "call": "has_phone",
}
"""The column that says whether a channel has an address; what customers come to, or hear at the branch, needs none."""


def may_be_told(
    profile: pl.DataFrame, consents: Mapping[str, pl.DataFrame], *, channels: Sequence[str]
) -> pl.DataFrame:
    """Whether each customer has consented to each channel and has an address for it.

    Grain: one row a row of ``profile``, in its order.
    Reads: ``customer_no`` and the ``has_`` columns of ``profile``; of ``consents``, by the purpose ``marketing`` and
    ``service``, the columns ``consent_<channel>``. Regulatory messages go by the consents for service; where none for
    service are given, those for marketing decide, so that nobody is contacted on a guess.
    Makes: ``may_<class>_<channel>`` (never null: unknown is no).
    """
    result = profile.select("customer_no", *{ADDRESS[channel] for channel in channels if channel in ADDRESS})
    for purpose, classes in (("marketing", ("marketing",)), ("service", ("service", "regulatory"))):
        given = consents.get(purpose, consents["marketing"])
        agreed = result.select("customer_no").join(given, on="customer_no", how="left", maintain_order="left")
        result = result.with_columns(
            _may(agreed[f"consent_{channel}"], channel).alias(f"may_{slot}_{channel}")
            for slot in classes
            for channel in channels
        )
    return result.select("customer_no", *(f"may_{slot}_{channel}" for slot in SLOTS for channel in channels))


def _may(agreed: pl.Series, channel: str) -> pl.Expr:
    yes = pl.lit(agreed.fill_null(value=False))
    return yes & pl.col(ADDRESS[channel]).fill_null(False) if channel in ADDRESS else yes
