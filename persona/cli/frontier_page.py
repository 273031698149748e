"""The frontier of a bound as a table and as a page with its curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from persona.cli.layout import Cell, shown
from persona.cli.views import money
from persona.errors import WriteError
from persona.money import minor_digits
from persona.page import page, picture, table

if TYPE_CHECKING:
    from persona.runs.frontier import Frontier

__all__ = ["frontier_page", "rows_of", "written"]

STYLE = """
.curve{fill:none;stroke:#2f6f9f;stroke-width:2}.dot{fill:#2f6f9f}.axis{stroke:#9aa4ae;stroke-width:1}
.now{stroke:#b5433b;stroke-dasharray:4 3}.label{fill:#5c6570}svg{margin:.6rem 0 1.4rem}
"""
WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 720, 260, 100, 34, 14
"""Pixels of a curve's picture, and the room for its labels."""

Curve = Sequence[tuple[float, float]]


def rows_of(told: Frontier) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Header and rows of the table."""
    header = ("limit", "use", "messages", "plan is worth", "no plan is worth more than", "one more is worth")
    digits = minor_digits(told.currency)
    rows: list[tuple[Cell, ...]] = [
        (
            f"{point.limit:,.6g}",
            None if point.use is None else f"{point.use:,.6g}",
            point.messages,
            None if point.value_minor is None else money(point.value_minor, told.currency),
            None if point.bound_minor is None else money(point.bound_minor, told.currency),
            None if point.price_minor is None else f"{point.price_minor / 10**digits:,.4f} {told.currency}",
        )
        for point in told.points
    ]
    return header, rows


def written(path: Path, told: Frontier) -> None:
    """The page in its file.

    Raises: WriteError where the disk refuses.
    """
    try:
        path.write_text(frontier_page(told), encoding="utf-8")
    except OSError as error:
        raise WriteError(error.strerror or "cannot be written", where=str(path)) from error


def frontier_page(told: Frontier) -> str:
    """The curves and their table as a whole HTML document; the same frontier is the same text."""
    return page(f"Frontier of {told.name}", _body(told), style=STYLE)


def _body(told: Frontier) -> Iterator[str]:
    yield f'<h1>{escape(told.name)}, {told.bound}</h1><p class="when">Run {told.run_id}, as of {escape(told.as_of)}</p>'
    if told.now is not None:
        yield f"<p>The dashed line is where it stands: {told.now:,.6g} {escape(told.unit)}.</p>"
    per = 10 ** minor_digits(told.currency)
    curves: dict[str, list[tuple[float, float | None]]] = {
        f"What the plan is worth, {told.currency}": [(p.limit, p.value_minor) for p in told.points],
        f"What one more is worth, {told.currency}": [(p.limit, p.price_minor) for p in told.points],
    }
    for title, points in curves.items():
        known = [(at, height / per) for at, height in points if height is not None]
        if len(known) > 1:
            yield f"<h2>{escape(title)}</h2>"
            yield picture(title, _curve(known, told), width=WIDTH, height=HEIGHT)
    header, rows = rows_of(told)
    yield "<h2>The points</h2>"
    yield from table(header, [[shown(cell) for cell in row] for row in rows])
    yield from (f"<p>{point.limit:,.6g}: {escape(point.why)}</p>" for point in told.points if point.why)


def _curve(points: Curve, told: Frontier) -> Iterator[str]:
    """A line through the points, its axes with their ends, and where the bound stands now."""
    lows: list[float] = [min(side) for side in zip(*points, strict=True)]
    highs: list[float] = [max(side) for side in zip(*points, strict=True)]
    # The axis begins at nothing where the curve comes near it; a flat curve stands in the middle.
    floor = 0.0 if lows[1] < highs[1] / 2 else lows[1] - (highs[1] - lows[1] or 1.0) / 4

    def across(at: float) -> float:
        return round(LEFT + (at - lows[0]) / (highs[0] - lows[0]) * (WIDTH - LEFT - 20), 1)

    def down(height: float) -> float:
        room = HEIGHT - BELOW - ABOVE
        return round(HEIGHT - BELOW - (height - floor) / ((highs[1] - floor) or 1.0) * room, 1)

    bottom = HEIGHT - BELOW
    yield f'<path class="axis" d="M{LEFT} {ABOVE}V{bottom}H{WIDTH - 20}" fill="none"></path>'
    if told.now is not None and lows[0] <= told.now <= highs[0]:
        yield f'<path class="now" d="M{across(told.now)} {ABOVE}V{bottom}"></path>'
    line = "L".join(f"{across(at)} {down(height)}" for at, height in points)
    yield f'<path class="curve" d="M{line}"></path>'
    for at, height in points:
        yield f'<circle class="dot" cx="{across(at)}" cy="{down(height)}" r="3"></circle>'
    for height in dict.fromkeys((floor, highs[1])):
        yield f'<text class="label" x="{LEFT - 8}" y="{down(height) + 4}" text-anchor="end">{height:,.2f}</text>'
    for at, anchor in ((lows[0], "start"), (highs[0], "end")):
        yield f'<text class="label" x="{across(at)}" y="{HEIGHT - 12}" text-anchor="{anchor}">{at:,.6g}</text>'
    middle, unit = (LEFT + WIDTH) // 2, escape(told.unit)
    yield f'<text class="label" x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">{unit}</text>'
