"""Guardrails of the night: its figures against their bounds, before anything is written down or published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from persona.decisions.compared import SHARES, Comparison
from persona.errors import ComplianceError
from persona.policy.guardrails import Guardrail
from persona.runs.plan import Night

__all__ = ["guarded", "says", "stop"]

DIGITS = 6
"""Of figures that are no counts."""


def guarded(night: Night, comparison: Comparison) -> list[dict[str, Any]]:
    """Each guardrail with its figure.

    A row has ``id``, ``measure``, ``of``, ``is``, ``before``, ``change`` (a part of ``before``), ``broken`` (the bounds
    that are not kept, each as ``max 0.2``) and ``override`` (who answers for it). Where there is no night before, a
    change cannot be told and stops nothing.
    """
    return [_row(night, one, comparison) for one in night.policy.constraints.guardrails]


def _row(night: Night, one: Guardrail, comparison: Comparison) -> dict[str, Any]:
    before, now = _figures(night, one, comparison)
    change = None if not before or now is None else (now - before) / before
    answer = one.override if one.override and one.override.holds_on(night.as_of.day) else None
    return {
        "id": one.id,
        "measure": one.measure,
        "of": one.of,
        "is": _rounded(now),
        "before": _rounded(before),
        "change": _rounded(change),
        "broken": _broken(one, now, change),
        "override": answer.model_dump(mode="json") if answer else None,
    }


def _figures(night: Night, one: Guardrail, comparison: Comparison) -> tuple[float | None, float | None]:
    """The figure of the night before and that of tonight."""
    has_before = night.before is not None
    if one.measure == "rows":
        known: Any = night.before.summary.get("came_in") if night.before else None
        return None if known is None else _rows(known, one.of), _rows(_came_in(night), one.of)
    found = comparison.figures[one.measure]
    if one.measure in SHARES:
        return None, found.share if has_before else None
    if one.of is None:
        return found.before if has_before else None, found.after
    here = comparison.offers.filter((pl.col("offer_id") == one.of) | (pl.col("channel") == one.of))
    return (_part(here, one.measure, "before") if has_before else None), _part(here, one.measure, "after")


def _part(rows: pl.DataFrame, measure: str, side: str) -> float:
    name = side if measure == "messages" else f"{measure}_{side}"
    return int(rows[name].sum())


def _came_in(night: Night) -> list[dict[str, Any]]:
    live = night.store.deliveries().filter(pl.col("replaced_by").is_null())
    return live.group_by("table_name").agg(pl.col("loaded").sum()).to_dicts()


def _rows(rows: Sequence[Mapping[str, Any]], table: str | None) -> float:
    return sum(int(row["loaded"]) for row in rows if table in (None, row["table_name"]))


def _broken(one: Guardrail, now: float | None, change: float | None) -> list[str]:
    said = {"min": now, "max": now, "max_rise": change, "max_fall": None if change is None else -change}
    return [
        f"{name} {bound}"
        for name, bound in one.bounds()
        if bound is not None
        and (figure := said[name]) is not None
        and (figure < float(bound) if name == "min" else figure > float(bound))
    ]


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, DIGITS)


def stop(night: Night, rows: Sequence[Mapping[str, Any]]) -> None:
    """Nothing, where every guardrail is kept or somebody answers for it.

    Raises: ComplianceError that names each figure with its bound.
    """
    rules = night.policy.constraints
    open_ = [row for row in rows if row["broken"] and row["override"] is None]
    if open_:
        number = [one.id for one in rules.guardrails].index(open_[0]["id"])
        hint = "See why with `persona plan`; or let somebody answer for it under `override`, with a reason and a day."
        where = str(rules.place_of("guardrails", number))
        raise ComplianceError("\n".join([*map(says, open_), "nothing leaves"]), where=where, hint=hint)


def says(row: Mapping[str, Any]) -> str:
    """``guardrail night_cost: cost is 61,200, more than max 60,000``: what a guardrail that is not kept says."""
    of = f" of {row['of']}" if row["of"] else ""
    against = f" (the night before {row['before']:,.6g}, {row['change']:+.1%})" if row["change"] is not None else ""
    what = f"{row['measure']}{of} is {row['is']:,.6g}{against}"
    return f"guardrail {row['id']}: {what}, against {', '.join(row['broken'])}"
