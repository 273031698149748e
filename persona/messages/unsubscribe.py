"""The way out of every marketing message: an https address whose token nobody can guess and that asks for no login.

Source: RFC 8058, 3.1 and 3.2 (one-click unsubscription); the token names the message, never the customer.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256

import polars as pl

__all__ = ["ONE_CLICK", "links", "message_of", "token"]

ONE_CLICK = "List-Unsubscribe=One-Click"
"""The value of the header ``List-Unsubscribe-Post``."""

_VERSION = "v1"
_BLOCK = 64
"""Bytes that SHA-256 takes at a time."""


def token(message_id: str, *, key: bytes) -> str:
    """The token of a message: its id and a keyed hash of it, in letters that an address may hold.

    >>> token("00ff", key=b"k" * 32)
    'v1.00ff.xN96y-bhEM_-GxPAbcOmCYE2CCQH6D4-emPtfDe2xdc'
    """
    said = f"{_VERSION}.{message_id}"
    signed = hmac.digest(key, f"unsubscribe|{said}".encode(), sha256)
    return f"{said}.{urlsafe_b64encode(signed).decode().rstrip('=')}"


def message_of(text: str, *, key: bytes) -> str | None:
    """The message that a token was made for; None where the token was not made with this key."""
    pieces = text.split(".")
    if len(pieces) != len(("version", "message", "signature")) or not text.isascii():
        return None
    return pieces[1] if hmac.compare_digest(token(pieces[1], key=key), text) else None


def links(message_ids: pl.Series, *, address: str, key: bytes) -> pl.Series:
    """The address at which each message is unsubscribed from, in the order of ``message_ids``.

    ``address`` is the bank's; the token is its parameter ``t``.
    """
    joint = "&" if "?" in address else "?"
    signed = list(_signed(message_ids, f"unsubscribe|{_VERSION}.", key=key))
    letters = pl.col("signed").bin.encode("base64").str.replace_many(["+", "/", "="], ["-", "_", ""])
    frame = pl.DataFrame({"id": message_ids, "signed": pl.Series(signed, dtype=pl.Binary)})
    said = pl.concat_str(pl.lit(f"{address}{joint}t={_VERSION}."), "id", pl.lit("."), letters)
    return frame.select(unsubscribe_url=said).to_series()


def _signed(texts: Iterable[str], before: str, *, key: bytes) -> Iterator[bytes]:
    """The keyed hash of each text, with what stands before all of them hashed once.

    Source: RFC 2104, 4 (the keyed beginnings of both hashes are kept).
    """
    padded = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
    inner, outer = (sha256(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))
    inner.update(before.encode())
    for text in texts:
        within, around = inner.copy(), outer.copy()
        within.update(text.encode())
        around.update(within.digest())
        yield around.digest()
