"""Delivery presets: the shapes that known vendors want, which come with the package and a profile names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from persona.policy.text import read

__all__ = ["known", "preset"]

_PACKAGE = Path(__file__).parents[1]
FOLDER = _PACKAGE / "packs" / "delivery"
GENERIC = "generic"
"""All of our columns, in our order, as CSV: what a profile is that says nothing of them."""


def known(channel: str) -> tuple[str, ...]:
    """The vendors that have a preset for a channel, sorted."""
    found = (path.stem.removesuffix(f"_{channel}") for path in FOLDER.glob(f"*_{channel}.yaml"))
    return tuple(sorted({GENERIC, *found}))


def preset(vendor: str, channel: str) -> Mapping[str, object]:
    """What a vendor wants on a channel, as keys of a delivery profile.

    Raises: KeyError where there is none.
    """
    if vendor not in known(channel):
        raise KeyError(vendor)
    if vendor == GENERIC:
        return {}
    said = read(FOLDER / f"{vendor}_{channel}.yaml", root=_PACKAGE).data
    return dict(said) if isinstance(said, Mapping) else {}
