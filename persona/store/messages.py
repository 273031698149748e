"""The ledger of messages: what each was made of, so that it can be shown again until its person is erased."""

from __future__ import annotations

import polars as pl

from persona.store.vault import Vault

__all__ = ["sealed", "unsealed"]


def sealed(messages: pl.DataFrame, vault: Vault) -> pl.DataFrame:
    """The messages with ``personal`` encrypted under the key of their customer.

    Reads: ``customer_id``; ``personal``, the JSON of the slots that tell who he is. All other columns stay.
    """
    secret = vault.sealed(messages["customer_id"].to_list(), messages["personal"].to_list())
    return messages.with_columns(pl.Series("personal", secret, dtype=pl.Binary))


def unsealed(messages: pl.DataFrame, vault: Vault) -> pl.DataFrame:
    """The messages with ``personal`` as it was.

    Null: the customer was erased.
    """
    clear = vault.opened(messages["customer_id"].to_list(), messages["personal"].to_list())
    return messages.with_columns(pl.Series("personal", clear, dtype=pl.String))
