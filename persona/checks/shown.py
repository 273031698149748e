"""What a message shows of its sender: his name, where he can be found, and how to stop what he sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from persona.checks.given import Given
from persona.checks.texts import holds

__all__ = ["SHOWN", "postal_address", "sender_name", "way_out"]

_STOP = r"(?i)\bSTOPP?\b"


def sender_name(given: Given) -> pl.Expr:
    """Whether the sender is named: in each part of an e-mail, in an SMS, letter or call; app and ATM are his own."""
    name = given.sender.name
    return _by_channel(
        email=_in_each_part(name), sms=holds("body", name), letter=holds("text", name), call=holds("body", name)
    )


def postal_address(given: Given) -> pl.Expr:
    """Whether an e-mail names the sender's postal address in each of its parts, and a letter in its text."""
    address = given.sender.postal_address
    return _by_channel(email=_in_each_part(address), letter=holds("text", address))


def way_out(_: Given) -> pl.Expr:
    """Whether it says how to stop it: the customer's own link in each part of an e-mail, that or STOP in an SMS."""
    address = pl.col("unsubscribe_url")
    in_html = pl.col("html").str.contains(address.str.replace_all("&", "&amp;", literal=True), literal=True)
    return _by_channel(
        email=pl.col("text").str.contains(address, literal=True) & in_html,
        sms=pl.col("body").str.contains(_STOP) | pl.col("body").str.contains(address, literal=True),
    )


SHOWN: Mapping[str, Callable[[Given], pl.Expr]] = {
    "sender_name": sender_name,
    "postal_address": postal_address,
    "way_out": way_out,
}
"""By the words of a rule's ``shows``; unknown is not shown."""


def _in_each_part(text: str) -> pl.Expr:
    return pl.all_horizontal(holds(column, text) for column in ("html", "text"))


def _by_channel(**tests: pl.Expr) -> pl.Expr:
    """The test of the row's channel; true on a channel that has none, and where the test is unknown false."""
    found = pl.lit(True)
    for channel, test in tests.items():
        found = pl.when(pl.col("channel") == channel).then(test.fill_null(False)).otherwise(found)
    return found
