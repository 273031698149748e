"""Raw rows become canonical rows: each value as its rule says, each row that cannot be one refused with its reason.

Values are computed first; a text that gave no value refuses its row. Why it did is only asked of the rows refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from persona.errors import PolicyError
from persona.policy.source import ColumnRule, Source
from persona.policy.workspace import CHANNELS
from persona.sources.amounts import Reading
from persona.sources.cells import default_of, typed
from persona.sources.compiled import Compiled
from persona.sources.origins import ORIGIN, Known, texts, with_origins
from persona.sources.records import PLACE, Chunk
from persona.sources.rejects import REJECTS, pointers
from persona.sources.versions import Shape
from persona.tables import Column, Contract

__all__ = ["HAPPENED", "KEY", "OP", "Mapped", "Rules", "amount_column"]

KEY = "_key_"
"""Stands before the names of the raw columns that the key of the source reads."""

OP = "_op"
"""In changes: ``upsert`` or ``delete``."""

HAPPENED = ("transactions", "events", "redemptions", "outcomes", "preferences")
"""Tables of what has happened: no row of theirs is younger than its delivery. A consent may begin later."""

_STOPPING = ("consents", "suppressions")
"""Tables whose rows open or close a channel of persona's."""

_OWNED = ("transactions", "holdings")
"""Tables whose rows name a customer or an account."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """Some raw rows, mapped: rows + rejects + filtered are as many as came in."""

    rows: pl.DataFrame
    """Canonical columns, PLACE, OP, and what the key of the source reads."""
    rejects: pl.DataFrame
    filtered: int
    unmapped: Mapping[str, int]
    """Of these rows, those whose word a lookup did not know, by column."""
    total_minor: int | None
    """Sum of the amounts as the source writes them, filtered rows included; None where there are none to add."""


class Rules:
    """A source's rules for one delivery, ready for its rows."""

    def __init__(self, shape: Shape, contract: Contract, compiled: Compiled, known: Known) -> None:
        self.shape, self.contract, self.compiled, self.known = shape, contract, compiled, known
        self.source = shape.source
        self.given = self._given()
        self._check_columns()

    def mapped(self, raw: Chunk, *, with_total: bool = False) -> Mapped:
        """The rows as the rules make them.

        Raises: PolicyError where a rule cannot be followed whatever the rows are.
        """
        text = texts(self.shape.named(raw.rows), self.compiled.needed, self.shape.format, is_trim=raw.is_trim)
        kept = text.filter(self.compiled.where.expr) if self.compiled.where else text
        origins, unmapped = with_origins(kept, self.source, self.compiled, self.known)
        made = [self._reading(column, origins.schema)[0].alias(column.name) for column in self.contract.columns]
        values = origins.select(*made, *PLACE.names(), *self._carried())
        is_bad = self._is_bad(origins, values)
        rejects = self._refused(origins.filter(is_bad), values.filter(is_bad))
        total = self._total(text) if with_total else None
        unknown = {name: int((is_unknown & ~is_bad).sum()) for name, is_unknown in unmapped.items()}
        return Mapped(values.filter(~is_bad), rejects, text.height - kept.height, unknown, total)

    def _check_columns(self) -> None:
        for column in self.contract.columns:
            if column.is_required and column.name not in self.source.columns and column.name not in self.given:
                raise PolicyError(
                    f"column {column.name} has no rule, and no row of {self.contract.name} can be without it",
                    where=str(self.source.place_of("columns")),
                    hint=f"It is {column.about}.",
                )

    def _given(self) -> dict[str, pl.Expr]:
        """What is known without a rule; the hash of the row takes the place of an id later."""
        given = {"source_system": pl.lit(self.source.system_name)}
        if self.contract.name == "transactions":
            given["currency"] = pl.lit(self.known.currency)
        if self.source.key == "none" and len(self.contract.key) == 1:
            given[self.contract.key[0]] = pl.lit(None, pl.String)
        return {name: value for name, value in given.items() if name in self.contract}

    def _reading(self, column: Column, schema: pl.Schema) -> Reading:
        """The column's value, and what refuses the text that it is made of."""
        rule = self.source.columns.get(column.name)
        if rule is None:
            return self.given.get(column.name, pl.lit(None)).cast(column.dtype), ()
        origin, dtype = pl.col(ORIGIN + column.name), schema[ORIGIN + column.name]
        if rule.map is None:
            value, checks = typed(origin, dtype, column, rule, self.shape.format)
        else:
            word = _mapped(origin, rule)
            value, after = typed(word, pl.String(), column, rule, self.shape.format)
            checks = (
                (word.is_null(), "is not one of the words in its map"),
                *((word.is_not_null() & bad, why) for bad, why in after),
            )
        words, why = self._words(column)
        if words and column.dtype == pl.String:
            is_known = value.is_in(words)
            checks = (*checks, (~is_known, why))
            value = pl.when(is_known).then(value)
        if column.name == "purpose" and self.contract.name == "consents":
            is_plain = value == value.str.strip_chars().str.to_lowercase()
            checks = (*checks, (~is_plain, "is not written in small letters, as purposes are"))
            value = pl.when(is_plain).then(value)
        if rule.default is not None:
            value = pl.when(origin.is_null()).then(default_of(rule, column, self.shape.format)).otherwise(value)
        return value, tuple((origin.is_not_null() & bad, why) for bad, why in checks)

    def _words(self, column: Column) -> tuple[Sequence[str], str]:
        """The words that a column may have, none for any, and why another is refused.

        A withdrawal for a channel that nobody knows would stop nothing, so it is not taken for one that was heeded.
        """
        if column.name == "product":
            return self.known.products, "is not one of the products in persona.yaml"
        if column.name == "channel" and self.contract.name in _STOPPING:
            every = ("*",) if self.contract.name == "consents" else ()
            return (*CHANNELS, *every), "is no channel word"
        return (), ""

    def _carried(self) -> list[pl.Expr]:
        """What the later steps read besides the canonical columns."""
        source = self.source
        names = set(source.key if source.key != "none" else ()) | ({source.newest_by} if source.newest_by else set())
        carried = [pl.col(name).alias(KEY + name) for name in sorted(names) if name in self.compiled.needed]
        if source.delivery == "changes" and source.op:
            is_delete = (pl.col(source.op["column"]) == source.op["delete"]).fill_null(value=False)
            carried.append(pl.when(is_delete).then(pl.lit("delete")).otherwise(pl.lit("upsert")).alias(OP))
        return carried

    def _is_bad(self, origins: pl.DataFrame, values: pl.DataFrame) -> pl.Series:
        both = pl.concat([origins.drop(PLACE.names()), values.select(pl.all().name.prefix("="))], how="horizontal")
        lost = [
            pl.col(ORIGIN + column.name).is_not_null() & pl.col("=" + column.name).is_null()
            for column in self.contract.columns
            if column.name in self.source.columns
        ]
        of_values = [bad for _, bad, _ in self._demands()]
        is_lost = both.select(pl.any_horizontal(pl.lit(value=False), *lost)).to_series()
        return is_lost | values.select(pl.any_horizontal(pl.lit(value=False), *of_values)).to_series()

    def _demands(self) -> list[tuple[str, pl.Expr, str]]:
        """What each canonical row must hold to: (column, when it does not, why)."""
        demands = []
        is_kept = pl.col(OP) == "upsert" if self.source.delivery == "changes" else pl.lit(value=True)
        for column in self.contract.columns:
            rule = self.source.columns.get(column.name)
            if rule is None or not (column.is_required if rule.required is None else rule.required):
                continue
            always = column.name in self.contract.key
            why = f"is not known to {rule.lookup}" if rule.lookup else "is missing"
            is_null = pl.col(column.name).is_null()
            demands.append((column.name, is_null if always else is_null & is_kept, why))
        if self.contract.name in _OWNED:
            nobody = pl.col("customer_id").is_null() & pl.col("account_id").is_null() & is_kept
            demands.append(("customer_id", nobody, "and account_id are both missing"))
        if self.contract.name in HAPPENED and self.contract.time:
            demands.append((self.contract.time, pl.col(self.contract.time) >= self._end(), "is after its delivery"))
        return demands

    def _end(self) -> datetime:
        """The end of the day of delivery by the source's clock, in UTC."""
        rule = self.source.columns.get(self.contract.time or "")
        zone = ZoneInfo(rule.zone if rule and rule.zone else "UTC")
        after = datetime.combine(self.shape.delivery.delivered_on + timedelta(days=1), time.min, zone)
        return after.astimezone(UTC).replace(tzinfo=None)

    def _refused(self, origins: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
        """Pointers to refused rows, each with the first fault in the order of the columns."""
        if not values.height:
            return REJECTS.to_frame()
        faults = [
            (column.name, origins.select(bad=bad)["bad"], why)
            for column in self.contract.columns
            for bad, why in self._reading(column, origins.schema)[1]
        ]
        faults += [(name, values.select(bad=bad)["bad"], why) for name, bad, why in self._demands()]
        where: pl.Expr = pl.lit(None, pl.String)
        reason: pl.Expr = pl.lit("cannot be read")
        for name, is_bad, why in reversed(faults):
            where = pl.when(pl.lit(is_bad)).then(pl.lit(name)).otherwise(where)
            reason = pl.when(pl.lit(is_bad)).then(pl.lit(why)).otherwise(reason)
        return pointers(values, column=where, reason=reason)

    def _total(self, text: pl.DataFrame) -> int | None:
        """The sum of the first amount of the table, before the sign is turned."""
        name = amount_column(self.source)
        if name is None:
            return None
        rule = self.source.columns[name].model_copy(update={"sign": "credit_positive"})
        only = self.source.model_copy(update={"columns": {name: rule}})
        origins, _ = with_origins(text, only, self.compiled, self.known)
        origin, dtype = pl.col(ORIGIN + name), origins.schema[ORIGIN + name]
        amount, _ = typed(origin, dtype, self.contract[name], rule, self.shape.format)
        return int(origins.select(amount.sum()).item() or 0)


def amount_column(source: Source) -> str | None:
    """The column that control totals speak of: the amount, or the first other money of the source."""
    money = [name for name in source.columns if name.endswith("_minor")]
    return "amount_minor" if "amount_minor" in money else next(iter(money), None)


def _mapped(origin: pl.Expr, rule: ColumnRule) -> pl.Expr:
    """Our word for the source's; null for one that the map does not have and nothing else is said of."""
    word = origin.cast(pl.String).replace_strict(rule.map or {}, default=rule.otherwise, return_dtype=pl.String)
    return pl.when(origin.is_not_null()).then(word)
