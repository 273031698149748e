"""What the checks look at: the words that a customer reads, and the patterns that are looked for in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape, unescape

import polars as pl

from persona.policy.unseen import JOINTS

__all__ = ["NUMBER", "any_word", "heard", "holds", "html_words", "pieces", "says_any", "sentences", "unescaped"]

# No \b: a boundary between letters of any alphabet takes the search's slowest path.
_INLINE = r"(?i)</?(?:a|abbr|b|em|font|i|small|span|strong|sub|sup|u)(?:[\s/][^>]*)?>"
_OTHER = r"(?is)<style[\s>].*?</style>|<title[\s>].*?</title>|<!--.*?-->|<[^>]*>"
_BLANKS = r" *[\t-\r\u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}]\s*| {2,}"
"""Blanks that are not one space already: most are, and are passed over."""
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&#34;": '"', "&quot;": '"', "&#39;": "'", "&nbsp;": " ", "&amp;": "&"}
_ANY_ENTITY, _COMMON_ENTITY = "&[#A-Za-z]", "|".join(_ENTITIES)
_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
NUMBER = r"\d(?:[\d.,'’]*\d)?"
"""A number as it is written, with the signs between its digits."""
_SIGNED = r"t=v1\.[0-9a-f]+\.[A-Za-z0-9_-]{43}"
"""What stands for the customer in his way out."""
_PLAIN = ("subject", "preheader", "text", "title", "body")


def html_words(html: pl.Expr) -> pl.Expr:
    """The words of HTML as they are read: no tags, no styles, entities as characters."""
    bare = html.str.replace_all(_INLINE, "").str.replace_all(_OTHER, " ")
    return unescaped(bare, others=bare.str.replace_many(list(_ENTITIES), list(_ENTITIES.values())))


def unescaped(html: pl.Expr, *, others: pl.Expr) -> pl.Expr:
    """HTML with its entities as the characters that a browser shows; ``others`` where it has none but the commonest."""
    is_rare = html.str.count_matches(_ANY_ENTITY) != html.str.count_matches(_COMMON_ENTITY)
    rare = pl.when(is_rare).then(html).map_elements(unescape, pl.String)
    return pl.when(is_rare).then(rare).otherwise(others)


def heard(messages: pl.DataFrame) -> pl.DataFrame:
    """The messages with ``said``, all that the customer reads in one line, and the same in small letters.

    The token of a way out is left out: its letters fall as they fall, and are nobody's words.

    Makes: ``said`` (empty where the message has no texts), ``heard``, and ``heard_<part>`` of html, text and body.
    """
    words = {name: _in_one_line(pl.col(name).str.replace_all(_SIGNED, "")) for name in _PLAIN}
    words["html"] = _in_one_line(html_words(pl.col("html")))
    lines = messages.select(text.alias(f"heard_{name}") for name, text in words.items())
    said = lines.select(said=pl.concat_str(pl.all(), separator=" ", ignore_nulls=True))
    low = lines.select(pl.all().str.to_lowercase())
    heard_ = low.select(heard=pl.concat_str(pl.all(), separator=" ", ignore_nulls=True))
    return messages.with_columns(said["said"], heard_["heard"], *low.select("heard_html", "heard_text", "heard_body"))


def _in_one_line(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(f"[{JOINTS}]", "").str.replace_all(_BLANKS, " ")


def any_word(words: Iterable[str]) -> str:
    """The pattern of any of the words or phrases, in small letters, wherever it stands by itself.

    >>> [bool(re.search(any_word(["risk-free", "{{"]), said)) for said in ("a risk-free day", "riskfree", "a {{b")]
    [True, False, True]
    """
    return "|".join(map(_by_itself, _heard_as(words)))


def _heard_as(words: Iterable[str]) -> list[str]:
    """Words or phrases as they stand in ``heard``, in their order."""
    return sorted({" ".join(re.sub(f"[{JOINTS}]", "", word).lower().split()) for word in words})


def _by_itself(text: str) -> str:
    """The pattern of one phrase, by the letters around it: word boundaries would take the search's slowest path."""
    before = r"(?:^|\W)" if re.match(r"\w", text) else ""
    after = r"(?:\W|$)" if re.search(r"\w$", text) else ""
    return f"{before}{re.escape(text)}{after}"


def says_any(words: Iterable[str], *, among: pl.Expr | None = None, part: str = "heard") -> pl.Expr:
    """Whether ``heard``, or a part of it, has any of the words or phrases by itself; false where there are none.

    ``among`` are the rows that matter; texts without the letters of any of the words are passed over at once.
    """
    wanted = _heard_as(words)
    if not wanted:
        return pl.lit(value=False)
    text = pl.col(part) if among is None else pl.when(among).then(part)
    may_be = text.str.contains_any(wanted)
    return pl.when(may_be).then(text).str.contains(any_word(wanted)).fill_null(value=False)


def sentences(text: pl.Expr) -> pl.Expr:
    """The sentences of a text as a list; a full stop inside a number ends none."""
    return text.str.replace_all(r"[.!?]+(?:\s|$)", "\x1f").str.split("\x1f")


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
