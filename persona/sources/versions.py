"""The shape of a delivery's file: the source's own, as the versions of its day change it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl
from pydantic import ValidationError

from persona.errors import ExtractError, PolicyError
from persona.policy.source import Format, Source
from persona.sources.found import Delivery
from persona.sources.header import unnamed

__all__ = ["Shape", "shape_of"]


@dataclass(frozen=True, slots=True)
class Shape:
    """How one delivery is read and how its columns are called."""

    source: Source
    delivery: Delivery
    format: Format
    rename: dict[str, str]
    """Name in the file -> name used in the rules."""
    missing: tuple[str, ...]
    """Raw columns that the file does not have: null."""

    def named(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The raw rows under the names that the rules use."""
        here = {name: ours for name, ours in self.rename.items() if name in rows.columns}
        taken = sorted(set(here.values()) & (set(rows.columns) - set(here)))
        if taken:
            raise ExtractError(
                f"column {taken[0]!r} is there, and another is renamed to it",
                where=self.delivery.name,
                hint=f"Correct versions: rename: in {self.source.file}.",
            )
        return rows.rename(here)

    def check_names(self, found: Sequence[str], needed: Collection[str], *, is_header: bool) -> None:
        """Refuse a file whose columns are not those that the rules speak of.

        A name of the file is told only where ``is_header``: in a damaged file a customer's values can stand there.

        Raises: ExtractError that names the column, the nearest in the file and how the rules can say so.
        """
        names = [self.rename.get(name, name) for name in found]
        lacking = sorted(set(needed) - set(names) - set(self.missing))
        unknown = sorted(set(names) - set(needed) - set(self.source.ignore) - {unnamed(i) for i in range(len(names))})
        if lacking and len(lacking) == len(set(needed) - set(self.missing)):
            raise self._refused("its first line has none of the columns: is the header missing?", "")
        if lacking:
            raise self._missing(lacking, names if is_header and 2 * len(lacking) <= len(needed) else ())
        if self.source.ignore != "*" and unknown:
            hint = f"Add it to ignore: or columns: in {self.source.file}."
            which = f"column {unknown[0]!r}" if is_header else f"column {names.index(unknown[0]) + 1}"
            raise self._refused(f"{which} is new: no rule knows it", hint)

    def _missing(self, lacking: Sequence[str], names: Sequence[str]) -> ExtractError:
        lost = lacking[0]
        near = get_close_matches(lost.casefold(), [name.casefold() for name in names], n=1, cutoff=0.7)
        nearest = next((name for name in names if near and name.casefold() == near[0]), None)
        day = self.delivery.delivered_on.isoformat()
        more = f" (and {len(lacking) - 1} more: {', '.join(lacking[1:4])})" if len(lacking) > 1 else ""
        how = f"rename: {{{nearest}: {lost}}}" if nearest else f"missing: [{lost}]"
        hint = f"The nearest in its header is {nearest!r}. " if nearest else ""
        hint += f"If the source changed, say so in {self.source.file}: versions: [{{from: {day}, {how}}}]."
        return self._refused(f"column {lost!r} is missing{more}", hint)

    def _refused(self, what: str, hint: str) -> ExtractError:
        return ExtractError(what, where=self.delivery.name, hint=hint)


def shape_of(source: Source, delivery: Delivery) -> Shape:
    """The shape of a delivery: every version of its day, in the order in which they stand, changes what was before.

    Raises: PolicyError when a version gives the format a key that it does not have.
    """
    said = source.format.model_dump()
    rename: dict[str, str] = {}
    missing: list[str] = []
    for number, version in enumerate(source.versions):
        if not version.holds_on(delivery.delivered_on):
            continue
        said.update(version.format)
        rename.update(version.rename)
        missing.extend(version.missing)
        try:
            Format.model_validate(said)
        except ValidationError as error:
            wrong = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise PolicyError(
                f"format.{wrong} is not what a format can say", where=str(source.place_of("versions", number, "format"))
            ) from None
    return Shape(source, delivery, Format.model_validate(said), rename, tuple(missing))
