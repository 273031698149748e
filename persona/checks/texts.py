"""What the checks look at: the words that a customer reads, and the patterns that are looked for in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

import polars as pl

__all__ = ["any_word", "holds", "html_words", "pieces", "said", "says_any", "sentences"]

_INLINE = r"(?i)</?(?:a|abbr|b|em|font|i|small|span|strong|sub|sup|u)\b[^>]*>"
_OTHER = r"(?is)<style\b.*?</style>|<title\b.*?</title>|<!--.*?-->|<[^>]*>"
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&#34;": '"', "&quot;": '"', "&#39;": "'", "&nbsp;": " ", "&amp;": "&"}
_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_PLAIN = ("subject", "preheader", "text", "title", "body")


def html_words(html: pl.Expr) -> pl.Expr:
    """The words of HTML as they are read: no tags, no styles, entities as characters."""
    bare = html.str.replace_all(_INLINE, "").str.replace_all(_OTHER, " ")
    return bare.str.replace_many(list(_ENTITIES), list(_ENTITIES.values()))


def said() -> pl.Expr:
    """All that the customer reads in a message, in one line; empty where the message has no texts."""
    parts = [*(pl.col(name) for name in _PLAIN), html_words(pl.col("html"))]
    return pl.concat_str(parts, separator=" \n ", ignore_nulls=True).str.replace_all(r"\s+", " ")


def any_word(words: Iterable[str]) -> str:
    """The pattern of any of the words or phrases, in small letters, wherever it stands by itself.

    >>> [bool(re.search(any_word(["risk-free", "{{"]), said)) for said in ("a risk-free day", "riskfree", "a {{b")]
    [True, False, True]
    """
    return "|".join(_by_itself(" ".join(word.lower().split())) for word in sorted(words))


def _by_itself(text: str) -> str:
    """The pattern of one phrase, by the letters around it: word boundaries would take the search's slowest path."""
    before = r"(?:^|\W)" if re.match(r"\w", text) else ""
    after = r"(?:\W|$)" if re.search(r"\w$", text) else ""
    return f"{before}{re.escape(text)}{after}"


def says_any(words: Iterable[str], *, among: pl.Expr | None = None) -> pl.Expr:
    """Whether ``heard`` has any of the words or phrases by itself; false where there are none.

    ``among`` are the rows that matter; texts without the letters of any of the words are passed over at once.
    """
    wanted = sorted({" ".join(word.split()).lower() for word in words})
    if not wanted:
        return pl.lit(value=False)
    text = pl.col("heard") if among is None else pl.when(among).then("heard")
    may_be = text.str.contains_any(wanted)
    return pl.when(may_be).then(text).str.contains(any_word(wanted)).fill_null(value=False)


def sentences(column: str) -> pl.Expr:
    """The sentences of a text as a list; a full stop inside a number ends none."""
    return pl.col(column).str.replace_all(r"[.!?]+(?:\s|$)", "\x1f").str.split("\x1f")


def pieces(source: str) -> list[str]:
    """What a block says word for word, between its slots.

    >>> pieces("Within {{ days | number }} days you may withdraw.")
    ['Within', 'days you may withdraw.']
    """
    return [piece for part in _TAGS.split(source) if (piece := part.strip())]


def holds(column: str, text: str) -> pl.Expr:
    """Whether a column says a text; HTML says it with its signs escaped."""
    wanted = escape(text) if column == "html" else text
    return pl.col(column).str.contains(wanted, literal=True)
