"""What two values of a field can be to each other, from the same to different, as SQL over a pair.

A level's weight is learned; its words become the reason of a link. The first that holds counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from persona.policy.identity import Comparable

__all__ = ["Comparison", "Level", "comparisons", "relatives"]


@dataclass(frozen=True, slots=True)
class Level:
    """One thing that two values can be to each other."""

    says: str
    sql: str
    frequency_of: str | None = None
    """The column whose rare values weigh more."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All levels of what is compared, the nearest first; what fits none is different."""

    name: str
    columns: tuple[str, ...]
    unknown: str
    """When nothing can be said."""
    levels: tuple[Level, ...]

    @property
    def differs(self) -> str:
        """What is said where no level holds."""
        return f"other {_WORDS.get(self.name, self.name.replace('_', ' '))}"

    @property
    def together(self) -> str | None:
        """The column that holds all of its columns as one text; None where it has only one."""
        return together(self.name) if len(self.columns) > 1 else None


def together(name: str) -> str:
    """The column that holds what a comparison of several columns compares: rare values of it weigh more."""
    return f"{name}_together"


def comparisons(fields: Mapping[str, Comparable], known: Sequence[str]) -> tuple[Comparison, ...]:
    """What records are compared by: the fields that are known of somebody, those that belong together as one."""
    left: dict[str, str] = {name: field.kind for name, field in fields.items() if name in known}
    if "number" in known:
        left["number"] = "number"
    made = [*_names(left), *_places(left)]
    made += [_single(name, kind) for name, kind in left.items()]
    return tuple(made)


def relatives(fields: Mapping[str, Comparable], compared: Sequence[Comparison]) -> str:
    """Whether a weighed pair is two people of one home, as SQL: their given names are known and nothing alike.

    Those who live together share a name, a phone and an address, which weigh as if they came by chance. A birthday that
    is the same, up to one slip, or a document that is alike leaves the pair to its weights.
    """
    names = next((one for one in compared if one.name == "names"), None)
    if names is None:
        return "false"
    first, last = names.columns
    one, other = f"{first}_l", f"{first}_r"
    words = f"list_intersect(string_split({one}, ' '), string_split({other}, ' '))"
    # Names that have changed places are compared across; what is missing there is not alike.
    across = (f"jaro_winkler_similarity({one}, {last}_r)", f"jaro_winkler_similarity({other}, {last}_l)")
    tests = [
        f"{one} IS NOT NULL AND {other} IS NOT NULL AND len({words}) = 0",
        f"NOT starts_with({one}, {other}) AND NOT starts_with({other}, {one})",
        f"NOT ({_alike(first, _NOTHING_ALIKE)})",
        *(f"coalesce({how}, 0) < {_NOTHING_ALIKE}" for how in across),
        *(f"gamma_{one.name} < {_NEAR[kind]}" for one in compared if (kind := _kind(fields, one)) in _NEAR),
    ]
    return " AND ".join(tests)


_NOTHING_ALIKE = 0.75
_NEAR = {"date": 2, "document": 1}
"""The level, counted from different, from which a birthday or a document is the same but for a slip."""


def _kind(fields: Mapping[str, Comparable], one: Comparison) -> str:
    return fields[one.name].kind if one.name in fields else ""


def _names(left: dict[str, str]) -> Iterator[Comparison]:
    """Given and family name together: they are swapped, and they come in families."""
    if left.get("first_name") != "name" or left.get("last_name") != "name":
        return
    del left["first_name"], left["last_name"]
    first, last = "first_name", "last_name"
    swapped = f"{first}_l = {last}_r AND {last}_l = {first}_r"
    unknown = f"({first}_l IS NULL OR {first}_r IS NULL) AND ({last}_l IS NULL OR {last}_r IS NULL)"
    yield Comparison(
        "names",
        (first, last),
        unknown,
        (
            Level("same names", _same(together("names")), together("names")),
            Level("names swapped", swapped),
            Level("names nearly the same", f"{_alike(first, 0.92)} AND {_alike(last, 0.92)}"),
            Level("names alike", f"{_alike(first, 0.84)} AND {_alike(last, 0.84)}"),
            Level("same family name", _same(last), last),
            Level("same given name", _same(first), first),
        ),
    )


def _places(left: dict[str, str]) -> Iterator[Comparison]:
    """Postcode and town together: one follows from the other, so they must not count twice."""
    code = next((name for name, kind in left.items() if kind == "postcode"), None)
    town = next((name for name, kind in left.items() if kind == "place"), None)
    if code is None or town is None:
        return
    del left[code], left[town]
    unknown = f"({code}_l IS NULL OR {code}_r IS NULL) AND ({town}_l IS NULL OR {town}_r IS NULL)"
    yield Comparison(
        "place",
        (code, town),
        unknown,
        (
            Level("same place", _same(together("place")), together("place")),
            Level("same postcode or town", f"{_same(code)} OR {_same(town)}"),
            Level("place alike", f"{_near(code, 1)} OR {_alike(town, 0.9)}"),
        ),
    )


_WORDS = {"born_on": "birthday", "email": "e-mail", "number": "house number", "address": "street"}
"""How people call a field."""


def _single(name: str, kind: str) -> Comparison:
    word = _WORDS.get(name, name.replace("_", " "))
    levels = tuple(Level(f"{how} {word}", sql, tf) for how, sql, tf in _LEVELS[kind](name))
    return Comparison(name, (name,), f"{name}_l IS NULL OR {name}_r IS NULL", levels)


def _same(name: str) -> str:
    return f"{name}_l = {name}_r"


def _near(name: str, edits: int) -> str:
    return f"damerau_levenshtein({name}_l, {name}_r) <= {edits}"


def _alike(name: str, least: float) -> str:
    return f"jaro_winkler_similarity({name}_l, {name}_r) >= {least}"


_YEAR, _MONTH, _DAY = (1, 4), (6, 2), (9, 2)
"""Where the parts of a date stand in its text, and how long they are."""

_Levels = Iterator[tuple[str, str, str | None]]


def _of_words(name: str) -> _Levels:
    yield "same", _same(name), name
    yield "nearly the same", _alike(name, 0.92), None
    yield "like", _alike(name, 0.8), None


def _of_dates(name: str) -> _Levels:
    """Dates are compared as text: a day and month that change places, a digit that is wrong, a part that is."""
    parts = [f"({_slice(name, 'l', *part)} = {_slice(name, 'r', *part)})::INT" for part in (_YEAR, _MONTH, _DAY)]
    turned = f"{parts[0]} = 1 AND " + " AND ".join(
        f"{_slice(name, 'l', *one)} = {_slice(name, 'r', *other)}" for one, other in ((_DAY, _MONTH), (_MONTH, _DAY))
    )
    yield "same", _same(name), None
    yield "one slip in", f"{_near(name, 1)} OR ({turned})", None
    yield "two parts the same of", f"{' + '.join(parts)} >= 2", None


def _slice(name: str, side: str, start: int, count: int) -> str:
    return f"substr({name}_{side}, {start}, {count})"


def _of_numbers(name: str) -> _Levels:
    yield "same", _same(name), None
    yield "one slip in", _near(name, 1), None
    yield "two slips in", _near(name, 2), None


def _of_mail(name: str) -> _Levels:
    local = f"split_part({name}_l, '@', 1) = split_part({name}_r, '@', 1)"
    yield "same", _same(name), None
    yield "one slip in", _near(name, 1), None
    yield "same first part of", local, None


def _of_codes(name: str) -> _Levels:
    yield "same", _same(name), name
    yield "one slip in", _near(name, 1), None


def _of_house_numbers(name: str) -> _Levels:
    yield "same", _same(name), name


_LEVELS: Mapping[str, Callable[[str], _Levels]] = {
    "name": _of_words,
    "date": _of_dates,
    "phone": _of_numbers,
    "email": _of_mail,
    "document": _of_numbers,
    "address": _of_words,
    "number": _of_house_numbers,
    "postcode": _of_codes,
    "place": _of_words,
    "text": _of_words,
}
