"""What a table promises: grain, key and columns, checked wherever a table changes hands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from persona.errors import ContractError

__all__ = ["Column", "Contract", "Frame", "PolarsType"]

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
"""A whole bucket in memory, or the plan of one."""

PolarsType = DataType | DataTypeClass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type and unit, what null means in it, and whom it tells about."""

    name: str
    dtype: PolarsType
    about: str
    null: str = "not known"
    """What null means; the empty text means that the column has no nulls."""
    pii: Literal["none", "quasi", "direct"] = "none"
    words: tuple[str, ...] = ()
    """Every text that the column can hold; none: whatever text."""

    @property
    def is_required(self) -> bool:
        """Whether the column may hold no null."""
        return not self.null


@dataclass(frozen=True, slots=True)
class Contract:
    """A table's grain, key, columns and how long its rows are kept."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    time: str | None = None
    """The column that says when a row happened; None for tables that describe a state."""
    retention_days: int | None = field(default=None, kw_only=True)
    """How long rows are kept; None: as long as the customer is one."""

    @property
    def schema(self) -> pl.Schema:
        """Names and types in the contract's order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(column.name == name for column in self.columns)

    def with_columns(self, extra: Iterable[Column]) -> Contract:
        """The contract with more columns, as a workspace's own rules declare them."""
        return replace(self, columns=(*self.columns, *extra))

    def checked(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame in the contract's columns and order.

        Raises: ContractError when a column is missing or of another type, a required value is null, or a key repeats.
        """
        faults = [*self._shape_faults(frame), *self._value_faults(frame)]
        if faults:
            raise ContractError("; ".join(faults), where=f"table {self.name}", hint=f"Grain: {self.grain}.")
        return frame.select(self.schema.names())

    def _shape_faults(self, frame: pl.DataFrame) -> list[str]:
        faults, schema = [], frame.schema
        for column in self.columns:
            if column.name not in schema:
                faults.append(f"column {column.name} is missing")
            elif schema[column.name] != column.dtype:
                faults.append(f"column {column.name} is {schema[column.name]}, not {column.dtype}")
        return faults

    def _value_faults(self, frame: pl.DataFrame) -> list[str]:
        here = frame.select(c.name for c in self.columns if c.is_required and c.name in frame.columns)
        nulls = here.null_count().row(0, named=True) if here.width else {}
        faults = [f"column {name} is null in {count:,} rows" for name, count in nulls.items() if count]
        if self.key and set(self.key) <= set(frame.columns):
            repeated = frame.height - frame.select(self.key).n_unique()
            if repeated:
                faults.append(f"key {', '.join(self.key)} repeats in {repeated:,} rows")
        return faults
