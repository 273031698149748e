"""The hash of what a rule file, block, template or offer says."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from hashlib import blake2b

from persona.policy.model import Strict

__all__ = ["content_hash"]


def content_hash(model: Strict) -> str:
    """The hash of what a file or rule says, 32 hex digits: comments, layout and the order of keys mean nothing.

    Source: blake2b with 16 bytes over canonical JSON; a decimal keeps its digits, so that 5.10 is not 5.1.
    """
    said = model.model_dump(mode="python", by_alias=True, exclude_unset=True)
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a rule file")
