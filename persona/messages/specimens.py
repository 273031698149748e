"""Specimens: messages whose words stand for those of many others, so that a check of words is asked once for all.

Two messages of one wording are alike where its conditions turn out the same, the values that there are few of are the
same, and all others are *plain* and of one shape: letters, digits and a few signs, where each word is as short or as
long, and what lies between them is the same. The specimen of such messages has ``ǯ`` for each short word, ``ǯǯǯǯǯǯǯ``
for each long one (as reading ease counts them) and one number for each number. What a check finds in it stands in all:

- what must be said stands in the approved words, as no law and no sender has a word of ``ǯ``, or that number;
- what may not be said would have to have a word of a value, and a value with a *heeded* word is not plain: each place
  is looked at, tags taken away, so that values stand by themselves and a text's words are those around and in them;
- signs, blanks, words and sentences are as many; the numbers of values trace to the values.

What a check finds wrong in a specimen is asked of each message by itself. The token of a way out is nobody's words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import prod

import polars as pl

from persona.messages.render import Shown, Way, tests, together
from persona.messages.wording import Wording

__all__ = ["Kin", "kin"]

FEW = 16
"""Values that are so few are each of a kind of their own."""

_LETTERS = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u012f\u0131-\u017e\u1ea0-\u1ef9"
"""Latin letters that are one letter in small and in large."""
_PLAIN = f"^[{_LETTERS}0-9 \u00a0\u202f'’.,€$£%+\u2212-]+$"
_LONG, _SHORT, _NUMBER = f"[{_LETTERS}]{{7,}}", f"[{_LETTERS}]+", r"[0-9](?:[0-9.,'’]*[0-9])?"
_TOO_MANY = 2**62

_MARK, _ADDRESS = "\ue000", "\ue001"
_BESIDE = (r"[\s(\"'>„“«»–—-]", r"[\s.,;:!?)\"'<–—-]")
"""What may stand right before and after a value."""
_LONE = (
    rf"(?:^|{_BESIDE[0]}){_MARK}(?:{_BESIDE[1]}|$)",
    rf"(?:^|[\s(\">]){_ADDRESS}(?:[\s\"<]|$)",
)
_TOUCHES = rf"[0-9][.,'’]+{_MARK}|{_MARK}[.,'’]+[0-9]|xn--|t=v1\."
_APART = r"(?i)<(?:br|/?(?:p|td|tr|th|table|div|h[1-6]|li|ul|ol|body|html|head|title|style))(?:[\s/][^>]*)?>"


@dataclass(frozen=True)
class Kin:
    """Which rows have messages that are alike."""

    number: pl.Series
    """The number of the specimen of each row; null where a row is like no other."""
    rows: pl.Series
    """A row of each number, in their order."""
    texts: Mapping[str, pl.Series]
    """What specimens have in the place of the texts of some ways."""
    count: int
    """All numbers are below it."""


def kin(shown: Shown, wording: Wording, *, heeded: Collection[str]) -> Kin | None:
    """Which rows are alike, but for words that no check looks for; None where hardly any is.

    ``heeded`` are words that a check may find fault with.
    """
    varying = {name: way for name, way in shown.ways.items() if way.number is not None}
    pattern = _heeded(heeded)
    texts = {name: _stand_ins(way, pattern) for name, way in varying.items() if _is_marked(way)}
    kinds = [_kinds(way, texts.get(name)) for name, way in varying.items()]
    asked = tests(wording.texts.values(), shown)
    lacking = [shown.values[name].is_null() for name in shown.values.columns]
    kinds += [column.cast(pl.Int64) for column in (*asked.get_columns(), *lacking)]
    most = [1 + _highest(one) for one in kinds]
    count: int = prod(most)
    if count > _TOO_MANY or not kinds:
        return None
    number = _numbered(kinds, most)
    first = number.to_frame("number").with_row_index("row").drop_nulls().group_by("number").agg(pl.col("row").min())
    first = first.sort("number")
    if first.height * 2 > shown.height:
        return None
    first = first.filter(_stands_alone(shown, wording, first["row"], texts))
    known = number.is_in(first["number"].implode())
    number = number.to_frame("number").select(pl.when(known).then("number")).to_series()
    return Kin(number, first["row"], texts, count)


def _numbered(kinds: list[pl.Series], most: list[int]) -> pl.Series:
    """One number for the kinds of each row; null where one of them is."""
    made = kinds[0]
    for kind, size in zip(kinds[1:], most[1:], strict=True):
        made = made * size + kind
    return made


def _highest(kinds: pl.Series) -> int:
    found = kinds.max()
    return found if isinstance(found, int) else 0


def _is_marked(way: Way) -> bool:
    return way.slot != "unsubscribe_url" and len(way.texts) > FEW


def _heeded(words: Collection[str]) -> str:
    """The pattern of a text that has one of the words."""
    named = "|".join(re.escape(word) for word in sorted(words))
    return rf"(?i)(?:^|\W)(?:{named})(?:\W|$)|script|http|xn" if named else "script|http|xn"


def _stand_ins(way: Way, heeded: str) -> pl.Series:
    """What a specimen has in the place of each text; null where it is not plain."""
    said = pl.col("said")
    shape = said.str.replace_all(_LONG, "ǯǯǯǯǯǯǯ").str.replace_all(_SHORT, "ǯ")
    shape = shape.str.replace_all(_NUMBER, "7071067811")
    is_plain = said.str.contains(_PLAIN) & ~said.str.contains(heeded)
    return way.texts.alias("said").to_frame().select(pl.when(is_plain).then(shape)).to_series()


def _kinds(way: Way, stand_ins: pl.Series | None) -> pl.Series:
    """The kind of each row's text, 0 where it has none; null where it is not plain."""
    number = way.number if way.number is not None else pl.Series([], dtype=pl.UInt32)
    if way.slot == "unsubscribe_url":
        return number.is_not_null().cast(pl.Int64)
    if stand_ins is None:
        return number.cast(pl.Int64).fill_null(-1) + 1
    kinds = stand_ins.rank("dense").cast(pl.Int64)
    frame = pl.DataFrame({"number": number, "kind": kinds.gather(number)})
    return frame.select(pl.when(pl.col("number").is_null()).then(0).otherwise("kind")).to_series()


def _stands_alone(shown: Shown, wording: Wording, rows: pl.Series, texts: Mapping[str, pl.Series]) -> pl.Series:
    """Whether each value stands by itself in the texts of some rows, in HTML also once its tags are taken away."""
    marks = {name: _all(_MARK, one) for name, one in texts.items()}
    marks |= {
        name: _all(_ADDRESS, way.texts)
        for name, way in shown.ways.items()
        if way.slot == "unsubscribe_url" and way.number is not None
    }
    marked = shown.taken(rows, marks)
    fine = pl.Series([True]).new_from_index(0, len(rows))
    for name, text in wording.texts.items():
        said = together(text, marked, is_html=name == "html")
        fine &= _is_lone(said)
        if name == "html":
            fine &= _is_lone(said.str.replace_all(_APART, " ").str.replace_all("<[^>]*>", ""))
    return fine


def _is_lone(said: pl.Series) -> pl.Series:
    """Whether each mark in a text stands by itself."""
    apart = said.str.replace_all(r"\s", "  ")  # two marks that share a blank are found both
    lone = [
        apart.str.count_matches(pattern) == apart.str.count_matches(mark, literal=True)
        for mark, pattern in ((_MARK, _LONE[0]), (_ADDRESS, _LONE[1]))
    ]
    return (lone[0] & lone[1] & ~said.str.contains(_TOUCHES)).fill_null(value=True)


def _all(mark: str, texts: pl.Series) -> pl.Series:
    return pl.Series([mark]).new_from_index(0, len(texts))
