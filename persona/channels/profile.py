"""The shape that a vendor wants: its columns and names, what its file can hold, and what the file is called."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256

import polars as pl

from persona.channels.columns import CONTRACTS
from persona.channels.sealed import SUFFIX, faults
from persona.channels.writers import LISTED
from persona.errors import PolicyError
from persona.policy.rules import DATES, Delivery

__all__ = ["file_name", "fitting", "lint", "renamed"]

_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[+\-]?[0-9][0-9., ]*$"
_FIELDS = frozenset({"run_id", "channel", "profile", "part", "format", "as_of"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,199}")
_SPEC = re.compile(r"(0[1-9]d|d)?")
_OF_DATES = frozenset("YymdjHMS")
_CASES: Mapping[str, Callable[[str], str]] = {"as_written": str, "lower": str.lower, "upper": str.upper}


def lint(profiles: Iterable[Delivery]) -> Iterator[PolicyError]:
    """What is wrong with the profiles: columns, names, encodings and folders, and files that would have one name."""
    taken: dict[tuple[str, str], Delivery] = {}
    for profile in profiles:
        faults = _faults(profile, CONTRACTS[profile.channel].schema.names())
        yield from faults
        if not faults:
            name = file_name(profile, run_id="2026-07-01-0", part=1, as_of=date(2026, 7, 1))
            other = taken.setdefault((profile.channel, name), profile)
            if other is not profile:
                what = f"its files would have the names of those of {other.profile!r}"
                yield PolicyError(what, where=str(profile.place_of("name")), hint="Put {profile} into the name.")


def _faults(profile: Delivery, columns: list[str]) -> list[PolicyError]:
    errors: list[PolicyError] = []
    for name, column in (profile.columns or {}).items():
        if column not in columns:
            errors.append(PolicyError.unknown("column", column, columns, where=str(profile.place_of("columns", name))))
    if profile.columns and "message_id" not in profile.columns.values():
        hint = "Such as `id: message_id`: recalls and acknowledgements name messages by it."
        errors.append(PolicyError("has no column for message_id", where=str(profile.place_of("columns")), hint=hint))
    errors.extend(_clashes(profile))
    errors.extend(_unhashable(profile))
    errors.extend(_undated(profile))
    try:
        file_name(profile, run_id="2026-07-01-0", part=1, as_of=date(2026, 7, 1))
    except PolicyError as error:
        errors.append(error)
    for encoding, path in ((profile.encoding, ()), (profile.acknowledges.encoding, ("acknowledges",))):
        try:
            "a".encode(encoding)
        except LookupError:
            where = str(profile.place_of(*path, "encoding"))
            errors.append(PolicyError(f"{encoding!r} is no encoding", where=where, hint="Such as utf-8 or cp1252."))
    if not _is_inside(profile.drop):
        what = "the drop folder lies outside of the workspace"
        errors.append(PolicyError(what, where=str(profile.place_of("drop")), hint="Such as delivery/email; link it."))
    errors.extend(faults(profile, "encrypt", profile.encrypt.recipients if profile.encrypt else ()))
    return errors


def _clashes(profile: Delivery) -> Iterator[PolicyError]:
    """Names of JSON that stand for a value and for what holds others, or for the same thing."""
    if profile.max_rows and profile.format == "jsonl" and any(LISTED in name for name in profile.columns or {}):
        hint = "What is gathered into lists is one file, so that nobody's list is torn."
        yield PolicyError("max_rows cannot be kept", where=str(profile.place_of("max_rows")), hint=hint)
    shown: dict[str, str] = {}
    for name in profile.columns or {}:
        other = shown.setdefault(_CASES[profile.case](name), name)
        if other != name:
            where = str(profile.place_of("columns", name))
            yield PolicyError(f"{name!r} clashes", where=where, hint=f"In {profile.case} letters it is {other!r} too.")
    names = [name.replace("[]", "") for name in profile.columns or {}] if profile.format == "jsonl" else []
    for name in profile.columns or {}:
        bare = name.replace("[]", "")
        if names.count(bare) > 1 or any(other.startswith(f"{bare}.") for other in names):
            hint = "A point in a name makes an object: `data` and `data.id` cannot both be there."
            yield PolicyError(f"{name!r} clashes", where=str(profile.place_of("columns", name)), hint=hint)


def _unhashable(profile: Delivery) -> Iterator[PolicyError]:
    """Columns that are to be hashed and are not in the file, are no text, or are needed as they are."""
    schema = CONTRACTS[profile.channel].schema
    names = profile.columns or {name: name for name in schema.names()}
    for at, name in enumerate(profile.hashed):
        where = str(profile.place_of("hashed", at))
        if name not in names:
            yield PolicyError.unknown("column", name, names, where=where)
        elif names[name] == "message_id":
            hint = "Recalls and acknowledgements name messages by it; it is a hash already."
            yield PolicyError("message_id cannot be hashed", where=where, hint=hint)
        elif schema.get(names[name], pl.String) != pl.String:
            yield PolicyError(f"{name!r} is no text", where=where, hint="Only texts are hashed, such as an address.")


def _undated(profile: Delivery) -> Iterator[PolicyError]:
    """What a pattern of instants has that is none of its signs, or lacks, so that an hour would be lost."""
    where = str(profile.place_of("dates"))
    signs = re.findall(r"%(.?)", profile.dates)
    for sign in sorted({*signs} - _OF_DATES):
        yield PolicyError.unknown("sign", f"%{sign}", [f"%{one}" for one in sorted(_OF_DATES)], where=where)
    has_day = {"Y", "y"} & {*signs} and ("j" in signs or {"m", "d"} <= {*signs})
    has_hour = profile.channel == "letter" or {"H", "M"} <= {*signs}
    if not has_day or not has_hour:
        hint = f"Such as {DATES}: a vendor keeps to the hours that it says; a letter needs the day alone."
        yield PolicyError("the pattern does not say the instant", where=where, hint=hint)


def _is_inside(folder: str) -> bool:
    parts = folder.replace("\\", "/").split("/")
    return not folder.startswith(("/", "~")) and ":" not in parts[0] and ".." not in parts and bool(folder.strip())


def file_name(profile: Delivery, *, run_id: str, part: int, as_of: date) -> str:
    """The name of a profile's file: a plain name in one folder; one that is encrypted ends with .age.

    Raises: PolicyError where the pattern names anything but run_id, channel, profile, part, format and as_of.
    """
    where = str(profile.place_of("name"))
    values: dict[str, str | int] = {
        "run_id": run_id,
        "channel": profile.channel,
        "profile": profile.profile,
        "part": part,
        "format": profile.format,
        "as_of": as_of.isoformat(),
    }
    try:
        pieces_of = list(string.Formatter().parse(profile.name))
    except ValueError as error:
        raise PolicyError("the name pattern cannot be read", where=where, hint="Braces come in pairs.") from error
    for _, field, spec, conversion in pieces_of:
        if field is not None and field not in _FIELDS:
            raise PolicyError.unknown("field", field, _FIELDS, where=where)
        if conversion or (spec and (field != "part" or not _SPEC.fullmatch(spec))):
            raise PolicyError("only {part} may have digits: {part:03d}", where=where)
    if "part" not in {field for _, field, _, _ in pieces_of}:
        raise PolicyError("the name pattern has no {part}", where=where, hint="Such as {run_id}_{part:03d}.{format}.")
    name = profile.name.format(**values) + (SUFFIX if profile.encrypt else "")
    if not _NAME.fullmatch(name):
        raise PolicyError("the name pattern gives no plain file name", where=where, hint="Letters, digits, _ . and -.")
    return name


def renamed(frame: pl.DataFrame, profile: Delivery) -> pl.DataFrame:
    """The columns that the vendor wants, in his order and under his names, with instants and hashes as he wants them.

    Where people read the CSV, a text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    wanted = _wanted(frame, profile)
    dated = _dated(frame.select(list(dict.fromkeys(wanted.values()))), profile)
    made = dated.select(
        (_digest(column) if name in profile.hashed else pl.col(column)).alias(_CASES[profile.case](name))
        for name, column in wanted.items()
    )
    if not profile.read_by_people or profile.format != "csv":
        return made
    return made.with_columns(_harmless(name) for name, dtype in made.schema.items() if dtype == pl.String)


def _wanted(frame: pl.DataFrame, profile: Delivery) -> dict[str, str]:
    """Our column by the vendor's name, in his order."""
    return profile.columns or {name: name for name in frame.columns}


def _dated(frame: pl.DataFrame, profile: Delivery) -> pl.DataFrame:
    """The rows with their instants as the profile writes them; each is written once, as many rows share it."""
    if profile.dates == DATES:
        return frame
    schema = CONTRACTS[profile.channel].schema
    return frame.with_columns(
        _rewritten(frame[name], profile.dates) for name in frame.columns if schema.get(name) == pl.Datetime
    )


def _rewritten(instants: pl.Series, pattern: str) -> pl.Series:
    each = instants.drop_nulls().unique()
    said = each.str.to_datetime(DATES).dt.strftime(pattern)
    return instants.replace_strict(each, said, default=None, return_dtype=pl.String)


def _digest(name: str) -> pl.Expr:
    """The column as vendors of advertising match it: SHA-256 in hex of each value in small letters, trimmed."""
    return pl.col(name).map_elements(lambda text: sha256(text.strip().lower().encode()).hexdigest(), pl.String)


def _harmless(name: str) -> pl.Expr:
    text = pl.col(name)
    is_formula = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(is_formula).then(pl.format("'{}", text)).otherwise(text).alias(name)


def fitting(frame: pl.DataFrame, profile: Delivery) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that the profile's file can hold, and the others (``message_id``, ``reason``): no letter is replaced.

    The reason is ``encoding`` where a letter has no code there, ``null_text`` where a text looks like a null.
    """
    seen = {name: column for name, column in _wanted(frame, profile).items() if name not in profile.hashed}
    read = frame.select(list(dict.fromkeys(seen.values())))
    texts = [name for name, dtype in read.schema.items() if dtype == pl.String]
    reason = pl.lit(None, pl.String)
    if profile.format == "csv" and texts:
        if profile.null:
            is_null = pl.any_horizontal((pl.col(name) == profile.null).fill_null(value=False) for name in texts)
            reason = pl.when(is_null).then(pl.lit("null_text")).otherwise(reason)
        if not profile.encoding.lower().startswith("utf"):
            said = pl.concat_str(texts, ignore_nulls=True)
            is_written = said.map_elements(lambda text: _has_letters(text, profile.encoding), pl.Boolean)
            reason = pl.when(~is_written).then(pl.lit("encoding")).otherwise(reason)
    marked = frame.with_columns(reason=reason)
    if marked["reason"].null_count() == marked.height:
        return frame, marked.select("message_id", "reason").clear()
    unfit = marked.filter(pl.col("reason").is_not_null()).select("message_id", "reason").sort("message_id")
    return marked.filter(pl.col("reason").is_null()).drop("reason"), unfit


def _has_letters(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
