"""What is wrong with the category tree: words that cannot be told apart, codes of two categories or of none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from persona.errors import PolicyError
from persona.policy.places import Place
from persona.policy.rules import Categories, mcc_codes
from persona.policy.vocabulary import spending_words
from persona.tables.profile import as_name
from persona.tables.words import groups

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["doubly_coded", "of_one_name", "unleaved"]


def of_one_name(policy: Policy) -> Iterator[PolicyError]:
    """Spending categories, or groups of them, that would be one column: travel.air and travel_air."""
    for file in policy.of(Categories):
        first: dict[str, str] = {}
        for word in spending_words(file):
            before = first.setdefault(as_name(word), word)
            if before != word:
                there = _place(file, before)
                hint = f"Dots become underscores; {before!r} stands at {there}: give one of them another name."
                what = f"categories {before!r} and {word!r} have one column, such as affinity_{as_name(word)}"
                yield PolicyError(what, where=str(_place(file, word)), hint=hint)


def doubly_coded(policy: Policy) -> Iterator[PolicyError]:
    """Codes that stand in two categories; a span that overlaps several others is told once a category."""
    for file in policy.of(Categories):
        first: dict[tuple[str, str], str] = {}
        told = set[tuple[str, str]]()
        for kind, code, leaf, place in _codes(file):
            before = first.setdefault((kind, code), leaf)
            if before != leaf and (before, leaf) not in told:
                told.add((before, leaf))
                hint = f"{before!r} has it at {_place(file, before)}: take it out of one of them."
                yield PolicyError(
                    f"{code!r} stands in two categories, {before} and {leaf}", where=str(place), hint=hint
                )


def unleaved(policy: Policy) -> Iterator[PolicyError]:
    """Codes of a spending category that has others below it: what maps to them would be in the affinity of no leaf."""
    for file in policy.of(Categories):
        for word in groups(spending_words(file)):
            leaf = file.categories.get(word)
            key = next((key for key in ("mcc", "codes", "merchants") if leaf and getattr(leaf, key)), None)
            if leaf and leaf.is_spend and key:
                below = next(other for other in file.categories if other.startswith(f"{word}."))
                hint = f"Give them a leaf of their own beside {below!r}, such as {word}.other."
                what = f"category {word!r} has {key} of its own and categories below it: no affinity would count them"
                yield PolicyError(what, where=str(file.place_of("categories", word, key)), hint=hint)


def _codes(file: Categories) -> Iterator[tuple[str, str, str, Place]]:
    """Kind, code, category and place of each code, in the order of the file."""
    for leaf, one in file.categories.items():
        for number, code in enumerate(one.codes):
            yield "code", code, leaf, file.place_of("categories", leaf, "codes", number)
        for number, span in enumerate(one.mcc):
            for code in mcc_codes(span):
                yield "mcc", code, leaf, file.place_of("categories", leaf, "mcc", number)


def _place(file: Categories, word: str) -> Place:
    """Where a category stands, of a group that does not stand itself its first leaf."""
    there = next(one for one in file.categories if one == word or one.startswith(f"{word}."))
    return file.place_of("categories", there)
