"""What customers allow, asked by purpose, for the night and for what is on its way already."""

from __future__ import annotations

from datetime import date

import polars as pl

from persona.policy.policy import Policy
from persona.store import Store

__all__ = ["purposes"]


def purposes(policy: Policy, store: Store, *, as_of: date | None = None) -> dict[str, str]:
    """The purpose of consents that ``marketing`` and ``service`` go by.

    Service goes by that of marketing where no consent speaks of service, so that nobody is contacted on a guess.
    """
    said = store.scan("consents", as_of=as_of).filter(pl.col("purpose") == "service")
    has_own = said.head(1).collect(engine="in-memory").height > 0
    return {"marketing": policy.contact.purpose, "service": "service" if has_own else policy.contact.purpose}
