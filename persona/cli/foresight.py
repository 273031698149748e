"""What would change, as tables for people, Markdown for a pull request and JSON for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from persona.cli.console import Screen
    from persona.cli.layout import Cell
    from persona.runs.comparing import Foresight

__all__ = ["told_and_judged"]

PATHS = 10
"""Changes from one message to another that are shown; --json has all."""
FIGURES = {
    "customers": "customers of the book",
    "messages": "messages",
    "value": "expected value",
    "cost": "cost of the messages",
    "options": "marketing offers a customer could get, on average",
    "without_options": "customers who could get none",
    "moved": "customers whose marketing changes",
    "unsuitable": "customers for whom an offer is no longer suitable",
}


def told_and_judged(
    screen: Screen, told: Foresight, fail_above: Sequence[str] | None, *, end: str, everything: bool = False
) -> None:
    """Show the two plans side by side, and end with exit code 5 where more changes than may.

    Raises: ComplianceError that names each figure, or what would stop the night; PolicyError where a threshold is none.
    """
    from persona.errors import ComplianceError  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.thresholds import exceeded  # noqa: PLC0415

    _show(screen, told, everything=everything)
    screen.line(f"As of {told.as_of}{end}")
    found = [*told.stops, *exceeded(told.comparison, fail_above or ())]
    screen.result(exceeded=found)
    screen.finish()
    if found:
        raise ComplianceError("\n".join(found), hint="Nothing was sent, and nothing is written down.")


def _show(screen: Screen, told: Foresight, *, everything: bool) -> None:
    """What is others in the two plans, or everything."""
    said = told.comparison.told()
    screen.result(run_id=told.run_id, as_of=told.as_of, **said)
    screen.result(plans=told.plans, notes=told.notes, guardrails=told.guardrails, stops=told.stops)
    screen.heading(f"{said['before']} -> {said['after']}")
    rows = [_figure(name, one, told.currency) for name, one in said["figures"].items()]
    screen.table("What changes", ("", "before", "after", "change"), rows)
    _volumes(screen, said, everything=everything)
    _bounds(screen, said["constraints"], told.currency, everything=everything)
    _moves(screen, said)
    if said["unsuitable"]:
        lost = [(row["offer_id"], row["customers"], row["told"]) for row in said["unsuitable"]]
        screen.table("No longer suitable", ("offer", "customers", "of them told of it before"), lost)
    _guardrails(screen, told.guardrails)
    for note in told.notes:
        screen.line(f"! {note}")


def _figure(name: str, one: Mapping[str, Any], currency: str) -> tuple[Cell, ...]:
    from persona.cli.views import money  # noqa: PLC0415 - `persona --help` loads no command's work

    def cell(figure: float | None) -> Cell:
        if figure is None:
            return None
        if name in ("value", "cost"):
            return money(round(figure), currency)
        return f"{figure:.1%}" if name == "without_options" else round(figure, 2) if name == "options" else int(figure)

    share = None if one["share"] is None else f"{one['share']:{'.1%' if one['before'] is None else '+.1%'}}"
    return FIGURES[name], cell(one["before"]), cell(one["after"]), share


def _volumes(screen: Screen, said: Mapping[str, Any], *, everything: bool) -> None:
    """Messages by offer and channel, and by segment."""
    shown = [row for row in said["offers"] if everything or row["before"] != row["after"]]
    offers = [(row["offer_id"], row["slot"], row["channel"], *_sides(row)) for row in shown]
    screen.table("Messages by offer", ("offer", "class", "by", "before", "after", "change"), offers)
    for name, title in (("channels", "channel"), ("segments", "segment")):
        shown = [row for row in said[name] if everything or row["before"] != row["after"]]
        rows = [(row[title] or "none", *_sides(row)) for row in shown]
        screen.table(f"Messages by {title}", (title, "before", "after", "change"), rows)


def _sides(row: Mapping[str, Any]) -> tuple[int, int, str | None]:
    change = row["after"] - row["before"]
    return row["before"], row["after"], f"{change:+,}" if change else None


def _bounds(screen: Screen, rows: Sequence[Mapping[str, Any]], currency: str, *, everything: bool) -> None:
    """How each cap and constraint is used, and what one more unit of it is worth."""
    names = ("limit", "use", "price")
    shown = [
        (row["constraint_id"], row["bound"], _moved(row, "limit"), _moved(row, "use"), row["unit"] or None,
         _moved(row, "price", per=_minor(currency) * _parts(row)), "a hundredth" if _parts(row) > 1 else None)
        for row in rows
        if everything or any(row[f"{name}_before"] != row[f"{name}_after"] for name in names)
    ]  # fmt: skip
    header = ("cap or constraint", "", "limit", "use", "of", f"one more is worth ({currency})", "")
    screen.table("What the plan has to keep", header, shown)


def _parts(row: Mapping[str, Any]) -> int:
    """The unit in which one more is told: of an average or share a hundredth."""
    return 1 if row["kind"] == "sum" else 100


def _minor(currency: str) -> int:
    from persona.money import minor_digits  # noqa: PLC0415 - `persona --help` loads no command's work

    return int(10 ** minor_digits(currency))


def _moved(row: Mapping[str, Any], name: str, *, per: int = 1) -> str | None:
    """A figure before and after, once where it stays."""
    sides = [row[f"{name}_before"], row[f"{name}_after"]]
    texts = ["-" if one is None else f"{one / per:,.4f}".rstrip("0").rstrip(".") for one in sides]
    return texts[0] if texts[0] == texts[1] else " -> ".join(texts)


def _moves(screen: Screen, said: Mapping[str, Any]) -> None:
    """Who moves, counted; the commonest ways first."""
    screen.table("Who moves", ("marketing is", "customers"), [(r["change"], r["customers"]) for r in said["moves"]])
    paths = [(row["was"], row["becomes"], row["customers"]) for row in said["paths"]]
    screen.table("From what to what", ("was", "becomes", "customers"), paths[:PATHS])
    if len(paths) > PATHS:
        screen.line(f"And {len(paths) - PATHS} more; --json has all.")


def _guardrails(screen: Screen, rows: Sequence[Mapping[str, Any]]) -> None:
    shown = []
    for row in rows:
        change = None if row["change"] is None else f"{row['change']:+.1%}"
        answer = row["override"] and f"{row['override']['who']} answers for it until {row['override']['until']}"
        figure = None if row["is"] is None else f"{row['is']:,.6g}"
        what = f"{row['measure']} of {row['of']}" if row["of"] else row["measure"]
        shown.append((row["id"], what, figure, change, ", ".join(row["broken"]) or "yes", answer))
    header = ("guardrail", "of", "is", "change", "kept", "override")
    screen.table(
        "Guardrails", header, [(*row[:4], row[4] if row[4] == "yes" else f"no: {row[4]}", row[5]) for row in shown]
    )
