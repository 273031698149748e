"""Thresholds of a comparison: how much may change before a check of rules fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from persona.decisions.compared import AMOUNTS, SHARES, Comparison, Figure
from persona.errors import PolicyError

__all__ = ["exceeded"]

_WHERE = "--fail-above"


def exceeded(comparison: Comparison, asked: Sequence[str]) -> list[str]:
    """What changes by more than was asked for, in words; it is asked as ``moved=5%``, ``cost=10%`` or ``messages=200``.

    Per cent are of what was there before; of who moves and whom an offer no longer suits, of the customers in both
    plans. A change of something from nothing is above any per cent.
    Raises: PolicyError where a figure is not known or a bound is no number.
    """
    return [told for one in asked for told in _told(comparison, one)]


def _told(comparison: Comparison, asked: str) -> Iterator[str]:
    name, _, text = (part.strip() for part in asked.partition("="))
    if name not in comparison.figures:
        raise PolicyError.unknown("figure", name, [*AMOUNTS, *SHARES], where=_WHERE)
    most, is_share = _bound(text)
    figure = comparison.figures[name]
    changed = _change(figure, is_share=is_share)
    if changed is None:
        return
    if changed > most:
        shown = f"{changed:.1%}" if is_share else f"{changed:,.6g}"
        yield f"{name} changes {'from nothing' if changed == float('inf') else f'by {shown}'}, more than {text}"


def _bound(text: str) -> tuple[float, bool]:
    number = text.removesuffix("%")
    try:
        most = float(number)
    except ValueError:
        most = -1.0
    if not 0 <= most < float("inf"):
        raise PolicyError(f"{text!r} is no bound", where=_WHERE, hint="Write it as moved=5%, or messages=200.")
    return (most / 100, True) if text.endswith("%") else (most, False)


def _change(figure: Figure, *, is_share: bool) -> float | None:
    """How much a figure changes either way; None where it is not known on both sides."""
    if figure.name in SHARES:
        return figure.share if is_share else figure.after
    if figure.before is None or figure.after is None:
        return None
    change = abs(figure.after - figure.before)
    if not is_share:
        return change
    return change / abs(figure.before) if figure.before else (float("inf") if change else 0.0)
