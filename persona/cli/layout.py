"""Rows as lines of text: columns as wide as they need, words never cut where there is room elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from persona.page import FIGURE

__all__ = ["Cell", "laid_out", "marked_up", "shown"]

Cell = str | int | float | None
GAP = "  "
LONGEST_WORD = 48
"""Longer words give way before the table grows beyond its width."""


def shown(cell: Cell) -> str:
    """A cell as people read it: thousands apart, yes and no, and a dash for nothing.

    >>> shown(1204551), shown(0.5), shown(True), shown(None)
    ('1,204,551', '0.50', 'yes', '-')
    """
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}"
    return f"{cell:,.2f}" if isinstance(cell, float) else cell


def laid_out(header: Sequence[str], rows: Sequence[Sequence[Cell]], *, width: int) -> list[str]:
    r"""The lines of a table: header, rule, rows; figures stand to the right, and prose is broken to fit the width.

    The first column, identifiers and figures are never broken: a table of too many of them is wider.

    >>> print(*laid_out(("offer", "sent"), [("city_break", 92), ("coast_getaway", 1_137)], width=40), sep="\n")
    offer           sent
    ─────────────  ─────
    city_break        92
    coast_getaway  1,137
    """
    texts = [[shown(cell) for cell in row] for row in rows]
    columns = [[row[number] for row in texts] for number in range(len(header))]
    is_figure = [any(c != "-" for c in column) and all(map(FIGURE.fullmatch, column)) for column in columns]
    widths = _widths(header, columns, width - len(GAP) * (len(header) - 1))
    lines = []
    if any(header):
        lines += [*_row(header, widths, is_figure), GAP.join("─" * w for w in widths)]
    return [*lines, *(line for row in texts for line in _row(row, widths, is_figure))]


def marked_up(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    r"""The lines of a table in Markdown; figures stand to the right.

    >>> print(*marked_up(("offer", "sent"), [("a|b", 92)]), sep="\n")
    | offer | sent |
    | --- | ---: |
    | a\|b | 92 |
    """
    texts = [[shown(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    columns = [[row[number] for row in texts] for number in range(len(header))]
    rule = [
        "---:" if any(c != "-" for c in column) and all(map(FIGURE.fullmatch, column)) else "---" for column in columns
    ]
    return [f"| {' | '.join(cells)} |" for cells in (header, rule, *texts)]


def _widths(header: Sequence[str], columns: Sequence[Sequence[str]], room: int) -> list[int]:
    """What each column gets: all that it wants where there is room, else at least its longest word."""
    wanted = [max(map(len, (name, *column))) for name, column in zip(header, columns, strict=True)]
    least = [max(_longest_word(header[n]), *map(_longest_word, column), 1) for n, column in enumerate(columns)]
    if columns and columns[0]:
        least[0] = max(least[0], *map(len, columns[0]))
    widths = list(wanted) if sum(wanted) <= room else least
    while sum(widths) < min(room, sum(wanted)):
        neediest = max(range(len(widths)), key=lambda n: (wanted[n] / widths[n], -n))
        widths[neediest] += 1
    return widths


def _longest_word(text: str) -> int:
    if FIGURE.fullmatch(text):
        return len(text)
    return min(max(map(len, text.split()), default=0), LONGEST_WORD)


def _row(cells: Sequence[str], widths: Sequence[int], is_figure: Sequence[bool]) -> Iterator[str]:
    broken = [
        wrap(cell, width, break_on_hyphens=False) or [""] if len(cell) > width else [cell]
        for cell, width in zip(cells, widths, strict=True)
    ]
    for number in range(max(map(len, broken))):
        parts = [lines[number] if number < len(lines) else "" for lines in broken]
        sides = zip(parts, widths, is_figure, strict=True)
        yield GAP.join(part.rjust(width) if right else part.ljust(width) for part, width, right in sides).rstrip()
