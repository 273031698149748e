"""What came of a night and its stages, as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from persona.cli.console import Screen
    from persona.runs.load import LoadSummary

__all__ = [
    "money",
    "show_came_in",
    "show_decisions",
    "show_files",
    "show_late",
    "show_load",
    "show_personal",
    "show_plan",
    "show_prices",
    "show_scarce",
    "show_segments",
    "show_silence",
]

NOT_PROFILED = "objects to profiling"
Rows = Sequence[Mapping[str, Any]]
TOP = 3
"""Rules that are named of each reason for silence."""


def money(minor: int, currency: str) -> str:
    """Minor units as people read them: 1,234.50 EUR."""
    from persona.money import written  # noqa: PLC0415 - `persona --help` loads no command's work

    return written(minor, currency)


def show_load(screen: Screen, loaded: LoadSummary) -> None:
    """What each source brought just now; one line where there was nothing new."""
    if loaded.is_unchanged:
        files = sum(source.known for source in loaded.sources)
        screen.line(f"Nothing new to load: {files:,} files are known.")
        return
    rows = [
        (
            one.source,
            one.table,
            one.new + one.replaced,
            one.known,
            one.lines,
            one.loaded,
            one.rejected,
            one.filtered,
            one.duplicates,
        )
        for one in loaded.sources
    ]
    header = ("source", "becomes", "new files", "known", "lines", "loaded", "rejected", "filtered", "repeated")
    screen.table("What came in", header, rows)
    for one in loaded.sources:
        for warning in one.warnings:
            screen.line(f"! {warning}")


def show_late(screen: Screen, files: int) -> None:
    """That files lie there which nothing of this rests on, or not as today's rules read them; nothing without any."""
    if files:
        many = "1 file is" if files == 1 else f"{files:,} files are"
        screen.line(f"! {many} not loaded yet, or by other rules than now: persona load")


def show_came_in(screen: Screen, rows: Rows) -> None:
    """What the facts hold, source by source."""
    header = ("source", "becomes", "files", "newest", "lines", "loaded", "rejected", "filtered", "repeated")
    names = ("source", "table_name", "files", "newest", "lines", "loaded", "rejected", "filtered", "duplicates")
    screen.table("What came in", header, [tuple(row[name] for name in names) for row in rows])


def show_segments(screen: Screen, segments: Rows, phases: Rows, customers: int) -> None:
    """How large each segment and each phase is."""
    shares = [(row["name"], row["segment"], row["customers"], _share(row["customers"], customers)) for row in segments]
    screen.table(f"Segments of {customers:,} customers", ("segment", "word", "customers", "of all"), shares)
    rows = [(row["lifecycle"] or NOT_PROFILED, row["customers"], _share(row["customers"], customers)) for row in phases]
    screen.table("Lifecycle", ("phase", "customers", "of all"), rows)


def show_decisions(screen: Screen, rows: Rows, currency: str) -> None:
    """What is sent, an offer a row and a channel a column."""
    channels = sorted({row["channel"] for row in rows})
    shown = []
    for slot in ("marketing", "service", "regulatory"):
        offers = list(dict.fromkeys(row["offer_id"] for row in rows if row["slot"] == slot))
        of_offer = {offer: [row for row in rows if row["offer_id"] == offer] for offer in offers}
        shown += [_offer_row(offer, slot, own, channels, currency) for offer, own in of_offer.items()]
    shown.sort(key=lambda row: (row[1] != "marketing", -int(str(row[-2]))))
    screen.table("Decisions by offer and channel", ("offer", "class", *channels, "all", "expected value"), shown)


def _offer_row(
    offer: str, slot: str, rows: Rows, channels: Iterable[str], currency: str
) -> tuple[str | int | None, ...]:
    by_channel = {row["channel"]: row["customers"] for row in rows}
    value = sum(row["value_minor"] for row in rows)
    return (offer, slot, *(by_channel.get(c) for c in channels), sum(by_channel.values()), money(value, currency))


def show_prices(screen: Screen, rows: Rows, currency: str) -> None:
    """At which price each offer with several is told."""
    shown = [
        (
            row["offer_id"],
            f"{row['price_point']} ({row['price']})",
            row["customers"],
            row.get("by_lot") or None,
            money(row["value_minor"], currency),
        )
        for row in rows
    ]
    screen.table("Prices told", ("offer", "price", "customers", "of them by lot", "expected value"), shown)


def show_personal(screen: Screen, rows: Rows) -> None:
    """How many different texts each treatment's messages are, and what makes them differ."""
    names = ("messages", "distinct_texts", "name_slots", "data_slots", "offer_slots", "kind")
    shown = [(f"{row['offer_id']}/{row['treatment_id']}", *(row[name] for name in names)) for row in rows]
    header = ("treatment", "messages", "texts", "name", "own data", "offer", "what differs")
    screen.table("How personal the messages are: different texts but for names, and slots by kind", header, shown)


def show_silence(screen: Screen, rows: Rows) -> None:
    """Who is left in peace by marketing, and why."""
    letters = list(dict.fromkeys(row["reason"] for row in rows))
    shown = []
    for letter in letters:
        here = [row for row in rows if row["reason"] == letter]
        named = [f"{row['reason_id']} {row['customers']:,}" for row in here if row["reason_id"]]
        more = f", and {len(named) - TOP} more" if len(named) > TOP else ""
        shown.append((letter, here[0]["says"], sum(row["customers"] for row in here), ", ".join(named[:TOP]) + more))
    shown.sort(key=lambda row: -row[2])
    screen.table("Left in peace tonight", ("", "because", "customers", "mostly"), shown)


def show_plan(screen: Screen, plans: Rows, constraints: Rows, currency: str) -> None:
    """What the plan is worth, of how much at most, and how each cap and constraint stands."""
    rows = [
        (row["constraint_id"], row["bound"], *(_figure(row[name]) for name in ("limit", "before", "use", "slack")),
         row["unit"] or None, _price(row, currency))
        for row in constraints
    ]  # fmt: skip
    header = ("cap or constraint", "", "limit", "before", "use", "left", "of", "one more is worth")
    screen.table("What the plan had to keep", header, rows)
    for row in plans:
        if row["slot"] == "marketing":
            value, bound = (money(round(row[name] / 1_000), currency) for name in ("value_milli", "bound_milli"))
            gap = "" if row["gap"] is None else f" (gap {100 * row['gap']:.4f} %)"
            screen.line(f"Marketing is worth {value}; no plan under the same rules is worth more than {bound}{gap}.")
            if row.get("in_turn"):
                told = "households were settled in turn: there a better plan may exist"
                screen.line(f"The limits of {row['in_turn']:,} {told}.")
            if row.get("beyond"):
                aside = f"{row['beyond']:,} pairs beyond them are set aside"
                screen.line(f"That speaks of the 64 best candidates of each customer; {aside}.")
            for name, said in (("by_value", "by value"), ("by_use", "by value for what it uses")):
                if row[f"{name}_milli"] is not None:
                    broken = f", and breaks {row[f'{name}_breaks']}" if row[f"{name}_breaks"] else ""
                    worth = money(round(row[f"{name}_milli"] / 1_000), currency)
                    screen.line(f"Taking the best {said} first would get {worth}{broken}.")


def show_scarce(screen: Screen, constraints: Rows, currency: str) -> None:
    """The caps and constraints that had a price in a night."""
    rows = [
        (row["constraint_id"], row["bound"], _figure(row["limit"]), _figure(row["use"]), row["unit"] or None,
         _price(row, currency))
        for row in constraints
    ]  # fmt: skip
    header = ("cap or constraint", "", "limit", "use", "of", "one more is worth")
    screen.table("What was scarce that night", header, rows)


def _figure(figure: float | None) -> str | None:
    return None if figure is None else f"{figure:,.4f}".rstrip("0").rstrip(".")


def _price(row: Mapping[str, Any], currency: str) -> str | None:
    """What one more unit of the bound is worth; nothing where there is enough, or it is only reported."""
    from persona.money import minor_digits  # noqa: PLC0415 - `persona --help` loads no command's work

    price = row["shadow_price"]
    if price is None:
        return "(reported only)"
    scale, per = (1, "") if row["kind"] == "sum" else (100, " a hundredth")
    return f"{price / scale / 10 ** minor_digits(currency):,.4f} {currency}{per}" if price else None


def show_files(screen: Screen, files: Rows, withheld: Rows, by_row: int = 0) -> None:
    """The files that were published, how many texts columns have not written, and what was withheld."""
    rows = [(row["name"], row["rows"], row["bytes"], row["release"]) for row in files]
    screen.table("Files", ("file", "messages", "bytes", "release"), rows)
    if by_row:
        screen.line(f"{by_row:,} texts were written row by row: their templates say what columns do not write.")
    if withheld:
        told = ", ".join(f"{row['check_id']} {row['customers']:,}" for row in withheld)
        screen.line(f"Withheld by a check of the message: {told}.")
        for row in withheld:
            if row.get("says"):
                screen.line(f"  {row['check_id']}: {row['says']}")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"
