"""``rules/sources/*.yaml``: how an extract becomes a table of the foundation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from persona.policy.model import FileModel, Sql, Strict, Word

__all__ = ["ColumnRule", "Expectation", "Format", "Source", "Version"]


Mark = Annotated[str, StringConstraints(pattern=r"^(\(\)|[^0-9\s().,'+-]+)$", max_length=10)]
"""What tells the sign of a number: parentheses around it, or a word or sign behind it."""


class Format(Strict):
    """The dialect of the files: said, never sniffed."""

    type: Literal["csv", "fixed", "jsonl", "parquet"] = "csv"
    delimiter: str = Field(default=",", min_length=1, max_length=4)
    quote: str | None = Field(default='"', min_length=1, max_length=1, description="null where no character quotes.")
    escape: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="Takes the next character as it is; most dialects have none.",
    )
    encoding: str = "utf-8"
    header: bool = Field(default=True, description="csv: whether the first line names the columns.")
    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", " ", "'", "\u00a0", "\u202f"] | None = None
    signs: dict[Mark, Literal["+", "-"]] = Field(
        default_factory=dict,
        description="What stands behind a number besides a minus -> its sign, such as DR: '-'; () is around it.",
    )
    compression: Literal["by_name", "none", "gz", "zst"] = "by_name"
    nulls: tuple[str, ...] = Field(default=("",), description="Texts that stand for nothing.")
    trim: bool = Field(default=True, description="Take blanks around values and header names away.")
    multiline: bool = Field(default=False, description="Whether quoted values may hold line ends.")
    skip_lines: int = Field(default=0, ge=0, description="Lines before the header.")
    footer_lines: int = Field(default=0, ge=0, description="Lines after the last record, such as a trailer.")
    trailer: str | None = Field(
        default=None,
        min_length=1,
        description="What the lines after the last record begin with; needed where one has as many fields as a record.",
    )
    columns: dict[str, tuple[int, int]] | tuple[str, ...] | None = Field(
        default=None, description="fixed: name -> [first, last] character from 1; csv without header: names in order."
    )
    ragged: bool = Field(default=False, description="fixed: lines may end early where only blanks would follow.")

    @model_validator(mode="after")
    def _has_lines_for_its_trailer(self) -> Format:
        if self.trailer and not self.footer_lines:
            raise ValueError("trailer needs footer_lines: how many lines it has")
        return self


class ColumnRule(Strict):
    """How one canonical column is made from the raw ones; exactly one of from, expr, const."""

    from_: str | tuple[str, ...] | None = Field(default=None, alias="from")
    expr: Sql | None = None
    const: str | int | bool | Decimal | None = None
    format: str | None = Field(default=None, description="strptime format of dates and instants.")
    zone: str | None = Field(default=None, description="IANA zone that the source's clock shows; default UTC.")
    century: int | None = Field(default=None, description="For two-digit years: the first year they can mean.")
    minor_units: int | None = Field(default=None, ge=0, le=6, description="Digits after the point; 0: already minor.")
    sign: Literal["credit_positive", "debit_positive"] = "credit_positive"
    map: dict[str, str] | None = Field(default=None, description="Raw word -> our word; others are refused.")
    otherwise: str | None = Field(default=None, description="With map: what every other word becomes.")
    lookup: str | None = Field(default=None, description="rules/categories.yaml, or references:<name>.<column>.")
    key: str | None = Field(default=None, description="With lookup in a reference: its key column.")
    type: Literal["text", "integer", "decimal", "date", "instant", "boolean"] | None = Field(
        default=None, description="For columns that the contract does not know."
    )
    pii: Literal["none", "quasi", "direct"] | None = None
    required: bool | None = None
    default: str | int | bool | Decimal | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> ColumnRule:
        given = [self.from_ is not None, self.expr is not None, self.const is not None]
        if sum(given) != 1:
            raise ValueError("needs exactly one of from, expr, const")
        return self


class Expectation(Strict):
    """A test of the audit and what happens when it fails."""

    id: Word
    check: Sql
    by: str | None = None
    order: tuple[str, ...] = ()
    severity: Literal["warn", "reject", "stop"] = "warn"


class Version(Strict):
    """How the files of some delivery days differ from the others."""

    from_: date | None = Field(default=None, alias="from")
    until: date | None = Field(default=None, description="First delivery day no longer meant.")
    format: dict[str, object] = Field(default_factory=dict, description="Keys of format that differ.")
    rename: dict[str, str] = Field(default_factory=dict, description="Raw header name then -> name used in columns.")
    missing: tuple[str, ...] = Field(default=(), description="Raw columns that these files lack: read as null.")

    def holds_on(self, day: date) -> bool:
        """Whether a delivery of that day is of this version."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day < self.until)


class Source(FileModel):
    """One extract, many files."""

    source: Word
    owner: str = ""
    files: str = Field(description="Path pattern; {date:%Y-%m-%d} is the delivery day, * is any text.")
    control: str | None = None
    format: Format = Format()
    into: str
    system: str | None = Field(default=None, description="The source system; default: the source's name.")
    delivered_on: date | None = None
    lag_days: int = Field(default=0, ge=0, description="Days from the date in the name to the day of delivery.")
    max_age_days: int | None = Field(
        default=None, ge=0, description="increment: how old the newest row may be; default 7, 31 without a day."
    )
    max_gap_days: int = Field(
        default=31, ge=0, description="How far a file's day may lie ahead of all that was delivered, of any source."
    )
    min_rows_share: Decimal = Field(
        default=Decimal("0.5"), ge=0, le=1, description="snapshot: the least share of the rows of the one before it."
    )
    allow_empty: bool = Field(default=False, description="snapshot: whether it may take all rows away.")
    versions: tuple[Version, ...] = Field(default=(), description="How the files of some days differ, in order.")
    delivery: Literal["increment", "snapshot", "changes"] = "increment"
    op: dict[str, str] | None = Field(default=None, description="changes: {column: raw name, delete: its word}.")
    key: tuple[str, ...] | Literal["none"] = "none"
    on_conflict: Literal["newest", "refuse"] = "refuse"
    newest_by: str | None = Field(default=None, description="Raw column that tells which row is newer.")
    columns: dict[str, ColumnRule]
    ignore: tuple[str, ...] | Literal["*"] = Field(
        default="*", description="Raw columns that are known and not used; * allows any."
    )
    where: Sql | None = None
    expect: tuple[Expectation, ...] = ()
    max_rejected_rows: int = Field(default=0, ge=0)
    region: str | None = None

    @field_validator("key", mode="before")
    @classmethod
    def _a_word_is_a_list(cls, key: object) -> object:
        return key if key == "none" or not isinstance(key, str) else (key,)

    @property
    def system_name(self) -> str:
        """The source system that speaks."""
        return self.system or self.source
