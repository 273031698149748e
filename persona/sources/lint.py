"""What is wrong with the rules of sources, as far as no file is needed to see it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from zoneinfo import available_timezones

from pydantic import ValidationError

from persona.errors import PolicyError, PolicyErrors
from persona.policy.source import ColumnRule, Format, Source
from persona.policy.vocabulary import extra_columns
from persona.sources.compiled import compiled
from persona.sources.encoding import is_utf8
from persona.sources.expect import understood
from persona.sources.found import shape_of_names
from persona.sources.lookups import CATEGORIES
from persona.tables import CANONICAL, REFERENCE_PREFIX

__all__ = ["lint"]


def lint(sources: Collection[Source], *, has_categories: bool) -> Iterator[PolicyError]:
    """All that is wrong with the sources: tables, names, dialects, columns, lookups and tests."""
    references: dict[str, set[str]] = {}
    for source in sources:
        if source.into.startswith(REFERENCE_PREFIX):
            references.setdefault(source.into.removeprefix(REFERENCE_PREFIX), set()).update(source.columns)
    for source in sources:
        yield from _table_faults(source)
        yield from _told(compiled, source)
        yield from _told(shape_of_names, source)
        yield from _dialect_faults(source)
        for name, rule in source.columns.items():
            yield from _clock_faults(source, name, rule)
            if rule.lookup is not None:
                yield from _lookup_faults(source, name, rule, references, has_categories=has_categories)
        yield from _test_faults(source)


def _told(act: Callable[..., object], *of: object, where: str = "") -> Iterator[PolicyError]:
    """What an act refuses; at ``where`` if the refusal does not say where."""
    try:
        act(*of)
    except PolicyErrors as told:
        yield from told.errors
    except PolicyError as error:
        yield error if error.where else PolicyError(error.what, where=where, hint=error.hint)


def _table_faults(source: Source) -> Iterator[PolicyError]:
    if source.into not in CANONICAL and not source.into.startswith(REFERENCE_PREFIX):
        known = [*CANONICAL, f"{REFERENCE_PREFIX}<name>"]
        yield PolicyError.unknown("table", source.into, known, where=str(source.place_of("into")))


def _dialect_faults(source: Source) -> Iterator[PolicyError]:
    where = str(source.place_of("format", "encoding"))
    yield from _told(is_utf8, source.format.encoding, where=where)
    if source.format.thousands == source.format.decimal:
        what = "the sign between thousands is that before decimals"
        yield PolicyError(what, where=str(source.place_of("format", "thousands")))
    for number, version in enumerate(source.versions):
        try:
            Format.model_validate(source.format.model_dump() | version.format)
        except ValidationError as error:
            wrong = ".".join(str(part) for part in error.errors()[0]["loc"])
            where = str(source.place_of("versions", number, "format"))
            yield PolicyError(f"format.{wrong} is not what a format can say", where=where)


def _clock_faults(source: Source, name: str, rule: ColumnRule) -> Iterator[PolicyError]:
    if rule.zone is not None and rule.zone not in available_timezones():
        where = str(source.place_of("columns", name, "zone"))
        yield PolicyError.unknown("time zone", rule.zone, available_timezones(), where=where)
    if rule.format is not None and "%y" in rule.format and rule.century is None:
        what = f"{rule.format} has a year of two digits, and no century says which it means"
        hint = "Add the first year it can mean, such as century: 1920."
        yield PolicyError(what, where=str(source.place_of("columns", name, "format")), hint=hint)


def _lookup_faults(
    source: Source, name: str, rule: ColumnRule, references: Mapping[str, Collection[str]], *, has_categories: bool
) -> Iterator[PolicyError]:
    where = str(source.place_of("columns", name, "lookup"))
    lookup = rule.lookup or ""
    if lookup == CATEGORIES:
        if not has_categories:
            yield PolicyError(f"{CATEGORIES} is not there", where=where)
        return
    reference, _, column = lookup.removeprefix(REFERENCE_PREFIX).partition(".")
    if not lookup.startswith(REFERENCE_PREFIX):
        hint = f"Look up in {CATEGORIES}, or in another extract as {REFERENCE_PREFIX}<name>.<column>."
        yield PolicyError(f"{lookup!r} is nothing that can be looked up in", where=where, hint=hint)
    elif reference not in references:
        yield PolicyError.unknown("reference", reference, references, where=where)
    elif rule.key is None:
        hint = f"Name the column of {reference} that the word stands in: {', '.join(sorted(references[reference]))}."
        yield PolicyError("a lookup in a reference needs a key", where=where, hint=hint)
    else:
        for wanted in sorted({column, rule.key} - {*references[reference]}):
            yield PolicyError.unknown(f"column of {reference}", wanted, references[reference], where=where)


def _test_faults(source: Source) -> Iterator[PolicyError]:
    contract = CANONICAL.get(source.into)
    if contract is None:
        return
    table = contract.with_columns(column for column in extra_columns(source) if column.name not in contract)
    for number, test in enumerate(source.expect):
        yield from _told(understood, test, source, table, number)
