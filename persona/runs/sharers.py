"""Who else is reached where a person is reached: what they share stays theirs when he goes."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from persona.store import Person, Store
from persona.store.facts import LATEST

__all__ = ["SHARED", "held_by_others", "sharers"]

SHARED = {"email": "e-mail address", "phone": "phone number", "push_token": "app", "address": "address"}
"""What several people may be reached by, in words."""


def sharers(store: Store, person: Person) -> pl.DataFrame:
    """The other customers who are reached by a value of his in their own right.

    Grain: one row a column, value and other customer.
    Makes: column, token (of the value), customer_id, customer_no.
    """
    is_his = pl.col("customer_id").is_in(list(person.customer_ids))
    own = store.scan("customers").filter(is_his).select(*SHARED).unique().collect()
    has_his = pl.any_horizontal(pl.col(name).is_in(own[name].drop_nulls().implode()) for name in SHARED)
    others = store.scan("customers", as_of=LATEST).filter(has_his & ~is_his).select("customer_id", *SHARED).collect()
    keys = ("column", "token")
    his = own.unpivot(variable_name=keys[0], value_name=keys[1]).drop_nulls()
    theirs = others.unpivot(index="customer_id", variable_name=keys[0], value_name=keys[1])
    numbers = store.who_is_who().select("customer_id", "customer_no")
    return theirs.join(his, on=keys, how="semi").join(numbers, on="customer_id").unique().sort(*keys, "customer_id")


def held_by_others(shared: pl.DataFrame) -> Iterator[str]:
    """What stays for others, one line a kind of value; of whom is not said."""
    for column, words in SHARED.items():
        count = shared.filter(pl.col("column") == column)["customer_no"].n_unique()
        if count:
            others = "another customer has" if count == 1 else f"{count:,} other customers have"
            yield f"the {words} that {others} too, as theirs"
