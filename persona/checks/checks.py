"""The checks of every rendered message, in their order: the first that fails is the reason why it is withheld."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import reduce
from operator import or_

import polars as pl

from persona.checks.given import Check, Given
from persona.checks.links import leads_elsewhere
from persona.checks.marks import MARKS, is_stray
from persona.checks.reading import is_hard_to_read
from persona.checks.shown import postal_address, sender_name, way_out
from persona.checks.texts import NUMBER, says_any, unescaped
from persona.policy.unseen import UNSEEN

__all__ = ["CHECKS", "MAX_CHARACTERS", "MAX_SEGMENTS"]

MAX_SEGMENTS = 3
"""Parts of an SMS."""

MAX_CHARACTERS = {
    ("email", "subject"): 150,
    ("push", "title"): 65,
    ("push", "body"): 240,
    ("inapp", "title"): 120,
    ("inapp", "body"): 1_500,
    ("letter", "addressee"): 80,
    ("letter", "address"): 45,
    ("letter", "address2"): 45,
    ("letter", "address3"): 45,
    ("letter", "address4"): 45,
    ("letter", "city"): 38,
    ("letter", "subject"): 150,
    ("letter", "text"): 4_000,
    ("atm", "title"): 40,
    ("atm", "body"): 240,
    ("call", "addressee"): 80,
    ("call", "title"): 120,
    ("call", "body"): 2_000,
    ("advisor", "addressee"): 80,
    ("advisor", "title"): 120,
    ("advisor", "body"): 2_000,
}
"""What a channel shows of a text: Android cuts titles near 65 and bodies near 240 characters, the window of an envelope
is 80 mm wide (DIN 5008: a name takes two lines at most), an ATM shows eight lines of 30; the rest is ours."""

_ADDRESS = {
    "email": ("email", r"^[^\s@,;:<>()\[\]\\\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"),
    "sms": ("phone", r"^\+[1-9][0-9]{6,14}$"),
    "push": ("push_token", r"^\S+$"),
    "call": ("phone", r"^\+[1-9][0-9]{6,14}$"),
}
_OF_LETTER = ("addressee", "address", "postcode", "city", "country")
_LETTERED = (*_OF_LETTER, "address2", "address3", "address4")
_NEEDED = {
    "email": ("subject", "html", "text"),
    "sms": ("body",),
    "push": ("title", "body"),
    "inapp": ("title", "body"),
    "letter": ("subject", "text"),
    "atm": ("title", "body"),
    "call": ("title", "body"),
    "advisor": ("title", "body"),
}
_LINES = r"[\x00-\x1f\x7f\u{85}\u{2028}\u{2029}]"
_CONTROL = f"[{UNSEEN}]"
_UNLIKE_MARKS = f"[{_CONTROL}--{MARKS}]"
_NOTHING = ("None", "nan", "NaN")
_INCLUDED = re.compile(r"include\s+\\?['\"](\w+)")
_ADDRESSES = "[^ ]*(?:://|@)[^ ]*"
_LATIN, _OTHERS = "[A-Za-z\u00c0-\u024f]", "[\u0370-\u058f\u13a0-\u13ff]"
"""Latin, and what looks like it: Greek, Cyrillic, Armenian, Cherokee; wide classes would take long to build."""
_STRANGE = f"{_OTHERS}|(?i:xn--)"
_REST = "[^ /?#@:,;()\"'<>]*"
_BOTH = f"(?:{_LATIN}{_REST}{_OTHERS}|{_OTHERS}{_REST}{_LATIN})"
_MIXED = rf"{_BOTH}{_REST}\.[^ .]|[^ .]\.{_REST}{_BOTH}|(?i:xn--[a-z0-9])"


def _by_channel(tests: dict[str, pl.Expr]) -> pl.Expr:
    """The test of the row's channel; false on a channel that has none."""
    found = pl.lit(False)
    for channel, test in tests.items():
        found = pl.when(pl.col("channel") == channel).then(test).otherwise(found)
    return found


def _no_address(_: Given) -> pl.Expr:
    tests = {
        channel: ~pl.col(name).str.contains(pattern).fill_null(False) for channel, (name, pattern) in _ADDRESS.items()
    }
    is_odd = pl.col("addressee").str.contains(f"{_LINES}|{_CONTROL}|://").fill_null(False)
    return _by_channel({**tests, "call": tests["call"] | is_odd, "advisor": is_odd, "letter": _is_nowhere()})


def _is_nowhere() -> pl.Expr:
    """An address that no envelope can have: a part is missing, or holds what cannot be printed in a line."""
    printed = [pl.col(name).str.contains(_LINES).fill_null(False) for name in _LETTERED]
    hidden = [pl.col(name).str.contains(_CONTROL).fill_null(False) for name in _LETTERED]
    return pl.any_horizontal(*map(_is_empty, _OF_LETTER), *printed, *hidden)


def _is_empty(name: str) -> pl.Expr:
    return pl.col(name).is_null() | (pl.col(name).str.strip_chars() == "")


def _is_blank(_: Given) -> pl.Expr:
    return _by_channel({channel: pl.any_horizontal(*map(_is_empty, names)) for channel, names in _NEEDED.items()})


def _is_unrendered(_: Given) -> pl.Expr:
    return pl.col("said").str.contains(r"\{\{|\}\}|\{%|%\}")


def _says_nothing(given: Given) -> pl.Expr:
    """``None`` or ``nan`` in the text, unless approved words have it themselves."""
    tests = [
        pl.col("said").str.contains(rf"\b{word}\b") & ~pl.struct("channel", "template").is_in(_spoken_by(given, word))
        for word in _NOTHING
    ]
    return pl.any_horizontal(tests)


def _spoken_by(given: Given, word: str) -> list[dict[str, str]]:
    """The templates whose own text, or that of a block in them, has a word."""
    pattern = re.compile(rf"\b{word}\b")
    blocks = {name for name, block in given.blocks.items() if pattern.search(block.model_dump_json())}
    return [
        {"channel": channel, "template": name}
        for (channel, name), template in given.templates.items()
        if pattern.search(source := template.model_dump_json()) or blocks & set(_INCLUDED.findall(source))
    ]


def _has_control(_: Given) -> pl.Expr:
    lines = [pl.col(name).str.contains(_LINES) for name in ("subject", "preheader", "title", "link")]
    html = unescaped(pl.col("html"), others=pl.col("html"))
    shown = (*(pl.col(name) for name in ("subject", "preheader", "title", "text", "body")), html)
    texts = [text.str.contains(_UNLIKE_MARKS) | is_stray(text) for text in shown]
    return pl.any_horizontal(test.fill_null(False) for test in (*lines, *texts))


def _has_mixed_letters(_: Given) -> pl.Expr:
    """A word with a dot in it, which readers' programs make a link, that looks like another (Unicode TS 39, 5.1).

    What is an address already is looked at by ``links``; its token may hold any letters.
    """
    may_be = pl.when(pl.col("said").str.contains(_STRANGE)).then("said")
    return may_be.str.replace_all(_ADDRESSES, " ").str.contains(_MIXED).fill_null(value=False)


def _is_too_long(_: Given) -> pl.Expr:
    tests = [
        (pl.col("channel") == channel) & (pl.col(name).str.len_chars() > most).fill_null(False)
        for (channel, name), most in MAX_CHARACTERS.items()
    ]
    return pl.any_horizontal(tests)


def _has_too_many_parts(_: Given) -> pl.Expr:
    return pl.col("segments") > MAX_SEGMENTS


def _has_no_way_out(given: Given) -> pl.Expr:
    return ~way_out(given)


def _is_anothers(_: Given) -> pl.Expr:
    """An address to unsubscribe at that is not https or whose token names another message (RFC 8058, 3.1)."""
    token = pl.format("t=v1.{}.", pl.col("message_id"))
    address = pl.col("unsubscribe_url")
    return ~(address.str.starts_with("https://") & address.str.contains(token, literal=True))


def _is_nobodys(given: Given) -> pl.Expr:
    return ~(sender_name(given) & postal_address(given))


def _has_loose_figures(_: Given) -> pl.Expr:
    """A number that is neither an approved word nor a value; addresses are looked at by ``links``."""
    may_be = pl.concat_str("figures", "figures_approved", separator=" ", ignore_nulls=True)
    said = pl.col("said").str.replace_all(_ADDRESSES, " ")
    return said.str.extract_all(NUMBER).list.set_difference(may_be.str.split(" ")).list.len() > 0


def _is_mispriced(given: Given) -> pl.Expr:
    """Whether a message tells another price than the one that was decided, or one that is not on the ladder."""
    failed = pl.lit(False)
    for offer in given.offers:
        if offer.price is None:
            continue
        wanted = {point.id: [str(told) for told in _as_told(point.price)] for point in offer.price.points}
        shown = pl.col("slots").str.json_path_match(f"$.{offer.price.term}")
        point = pl.col("price_point").fill_null(offer.price.base)
        right = [(point == name) & shown.is_in(words) for name, words in wanted.items()]
        is_right = shown.is_null() | pl.any_horizontal(right).fill_null(value=False)
        is_priced = point.is_in([*wanted])
        failed = pl.when(pl.col("offer_id") == offer.offer).then(~(is_priced & is_right)).otherwise(failed)
    return failed


def _as_told(price: int | Decimal) -> tuple[int, ...]:
    """A price as a slot holds it: whole, or in millionths where it is a part of 1."""
    millionths = Decimal(price) * 1_000_000
    return tuple(int(one) for one in (Decimal(price), millionths) if one == int(one))


def _has_blocked_words(given: Given) -> pl.Expr:
    return says_any(given.blocked_words)


def _has_foreign_law(_: Given) -> pl.Expr:
    """What composing found: the template falls back to another language, and a disclosure would with it."""
    return pl.col("failed").list.contains("legal_language")


def _is_late(_: Given) -> pl.Expr:
    latest = pl.coalesce("not_after_utc", "not_before_utc", "send_at_utc")
    is_turned = pl.col("not_after_utc") <= pl.col("not_before_utc")
    tests = ((latest > pl.col("expires_at_utc")), is_turned)
    return reduce(or_, (test.fill_null(False) for test in tests))


CHECKS: tuple[Check, ...] = (
    Check("address", "the address is there and is one, and the name can stand in a line", _no_address),
    Check("blank", "every text that the channel needs says something", _is_blank, of_words=True),
    Check("unrendered", "no braces of the template language are left", _is_unrendered, of_words=True),
    Check("nothing", "no missing value is printed", _says_nothing, of_words=True),
    Check("control", "no control characters, and no line breaks in a subject or title", _has_control, of_words=True),
    Check("links", "links are https and lead to the bank's own hosts", leads_elsewhere, of_words=True),
    Check("length", "subject, title and body are not cut by the channel", _is_too_long),
    Check("sms_parts", f"an SMS has at most {MAX_SEGMENTS} parts", _has_too_many_parts, ("sms",)),
    Check(
        "unsubscribe",
        "advertising by e-mail has its way out",
        _has_no_way_out,
        ("email",),
        ("marketing",),
        of_words=True,
    ),
    Check("one_click", "its way out is https and of this very message", _is_anothers, ("email",), ("marketing",)),
    Check(
        "opt_out", "advertising by SMS says how to stop it", _has_no_way_out, ("sms",), ("marketing",), of_words=True
    ),
    Check(
        "sender",
        "an e-mail or letter names its sender and his postal address",
        _is_nobodys,
        ("email", "letter"),
        of_words=True,
    ),
    Check("sms_sender", "an SMS names its sender", _is_nobodys, ("sms",), of_words=True),
    Check(
        "figures",
        "every number is a value of the data, a term or an approved word; a typed rate or amount equals a term",
        _has_loose_figures,
        of_words=True,
    ),
    Check("price", "the price told is the one decided, and stands on the offer's ladder", _is_mispriced),
    Check("mixed_script", "no web address mixes letters of two alphabets", _has_mixed_letters, of_words=True),
    Check("blocked_words", "no word that qa.yaml blocks", _has_blocked_words, of_words=True),
    Check("reading", "no harder to read than qa.yaml allows", is_hard_to_read, of_words=True),
    Check(
        "legal_language",
        "legal text is in the customer's own language, where that is one of the workspace's",
        _has_foreign_law,
    ),
    Check("late", "the offer lasts until the message is sent", _is_late),
)
"""To add one, append one; compliance rules follow them."""
