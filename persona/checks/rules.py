"""Compliance rules as checks: the blocks that a message must contain, and the words that it may not."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from persona.checks.given import Check, Given
from persona.checks.shown import SHOWN
from persona.checks.texts import any_word, pieces, says_any, sentences
from persona.policy.content import Block, Texts
from persona.policy.rules import ComplianceRule
from persona.policy.workspace import CHANNELS

__all__ = ["PARTS", "checks_of", "in_force"]

PARTS: Mapping[str, tuple[str, ...]] = {
    "email": ("html", "text"),
    "sms": ("body",),
    "push": ("body",),
    "inapp": ("body",),
    "letter": ("text",),
    "atm": ("body",),
    "call": ("body",),
    "advisor": ("body",),
}
"""Where a channel says what the law wants said: in each of these, as each may be all that is read."""


def in_force(rule: ComplianceRule, given: Given) -> bool:
    """Whether a rule speaks of messages and holds on the day of the run."""
    return rule.reads_messages and rule.holds_on(given.day)


def checks_of(rules: tuple[ComplianceRule, ...], given: Given) -> tuple[Check, ...]:
    """The rules that are in force as checks, in the order of their ids."""
    return tuple(_check(rule) for rule in sorted(rules, key=lambda rule: rule.id) if in_force(rule, given))


def _check(rule: ComplianceRule) -> Check:
    def fails(given: Given) -> pl.Expr:
        is_meant = pl.col("channel").is_in(rule.channels or CHANNELS) & pl.col("class").is_in(rule.classes)
        if rule.groups:
            is_meant &= pl.col("group_id").is_in(rule.groups)
        if rule.products:
            is_meant &= pl.col("group_id").is_in(given.catalog.groups_of(rule.products)).fill_null(False)
        is_triggered = _has_any(rule.triggered_by, given, is_meant) if rule.triggered_by else pl.lit(value=True)
        is_triggered &= ~_has_any(rule.unless, given, is_meant)
        forbidden = says_any(rule.forbids, among=is_meant)
        hides = [~SHOWN[what](given) for what in rule.shows]
        return is_meant & is_triggered & pl.any_horizontal(forbidden, _lacks(rule, given, is_meant), *hides)

    return Check(rule.id, rule.source, fails, rule.channels or CHANNELS, rule.classes, of_words=True)


def _lacks(rule: ComplianceRule, given: Given, is_meant: pl.Expr) -> pl.Expr:
    """Whether what must be said is not: neither its block nor, where the rule names some, a text of each list."""
    ways = []
    if rule.requires_block is not None:
        ways.append(_contains(given.blocks.get(rule.requires_block)) & _stands(rule))
    if rule.requires:
        ways.append(_says_required(rule, is_meant))
    return ~pl.any_horizontal(ways) if ways else pl.lit(value=False)


def _stands(rule: ComplianceRule) -> pl.Expr:
    """Whether the block was put in where the rule wants it; one that may stand anywhere may be the template's own."""
    if rule.placement == "anywhere":
        return pl.lit(value=True)
    return pl.col("placed").list.contains(f"{rule.placement}:{rule.requires_block}").fill_null(value=False)


def _says_required(rule: ComplianceRule, is_meant: pl.Expr) -> pl.Expr:
    """Whether each part of the message says what the rule requires."""
    found = pl.lit(False)
    for channel, parts in PARTS.items():
        here = is_meant & (pl.col("channel") == channel)
        says = pl.all_horizontal(_part_says(rule, f"heard_{part}", here) for part in parts)
        found = pl.when(here).then(says).otherwise(found)
    return found


def _part_says(rule: ComplianceRule, part: str, here: pl.Expr) -> pl.Expr:
    if rule.requires_near == "message":
        return pl.all_horizontal(says_any(words, among=here, part=part) for words in rule.requires)
    spoken = any_word(rule.triggered_by)
    lacking = [~pl.element().str.contains(any_word(words)) for words in rule.requires]
    lone = pl.element().str.contains(spoken) & pl.any_horizontal(lacking)
    return ~sentences(pl.when(here).then(part)).list.eval(lone).list.any().fill_null(value=False)


def _has_any(names: tuple[str, ...], given: Given, is_meant: pl.Expr) -> pl.Expr:
    """Whether the offer has a term, or the message says a text, of some."""
    offers = [offer.offer for offer in given.offers if {*names} & {*offer.told[0].terms, *offer.facts}]
    return pl.col("offer_id").is_in(offers) | says_any(names, among=is_meant)


def _contains(block: Block | None) -> pl.Expr:
    """Whether each part of the message says the block word for word, in the message's language."""
    found = pl.lit(False)
    if block is None:
        return found
    for channel, parts in PARTS.items():
        for locale, texts in block.locales.items():
            is_here = (pl.col("channel") == channel) & _speaks(locale, block)
            says = pl.all_horizontal(_says(part, texts) for part in parts)
            found = pl.when(is_here).then(says).otherwise(found)
    return found


def _speaks(locale: str, block: Block) -> pl.Expr:
    """Whether a message speaks a locale of the block: it is its own, or the base of one that the block has not."""
    if "-" in locale:
        return pl.col("locale") == locale
    is_base = pl.col("locale").str.starts_with(f"{locale}-") & ~pl.col("locale").is_in(list(block.locales))
    return (pl.col("locale") == locale) | is_base


def _says(part: str, texts: Texts) -> pl.Expr:
    names = ("html",) if part == "html" else (part, "text", "body")
    source = next((said for name in names if (said := getattr(texts, name)) is not None), None)
    if source is None:
        return pl.lit(False)
    told = [pl.col(part).str.contains(piece, literal=True) for piece in pieces(source)]
    return pl.all_horizontal(pl.lit(True), *told)
