"""Characters that are not seen where they stand: each is what stands inside the brackets of a pattern."""

from __future__ import annotations

__all__ = ["JOINTS", "UNSEEN"]

UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\U000e0000-\U000e007f"
)
"""Control signs, marks of direction, blanks of no width, ends of lines that few know, tags: a text that has one is not
what it shows. Tab and line breaks are not among them, nor the joiners that Persian and pictures of people are written
with."""

JOINTS = "\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff"
"""What may stand within a word and leaves it the same to who reads it."""
