"""The portrait of a customer as sections for people, the same on the screen and on the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from persona.cli.layout import Cell

if TYPE_CHECKING:
    from persona.runs.moment import Moved
    from persona.runs.portrait import Outlook, Portrait, Stream

__all__ = ["Section", "headline", "sections"]

Section = tuple[str, tuple[str, ...], Sequence[Sequence[Cell]]]
"""A title, the names of the columns, and the rows; left out where there are no rows."""

MOVED = (("affinity_", 6), ("p_", 4), ("spend_", 7), ("purchases_", 4))
"""How many columns of a kind are shown of all that a booking moves: of chances those that it moves most."""
BARS = "▁▂▃▄▅▆▇█"
_CHANNELS = (("has_email", "e-mail"), ("has_phone", "mobile"), ("has_push", "app"))
_DAYS = {7: "weekly", 14: "every two weeks", 28: "every four weeks", 30: "monthly", 91: "quarterly", 365: "yearly"}


def headline(told: Portrait) -> str:
    """One sentence: age, place, years with the bank, phase."""
    facts = told.explanation.profile
    parts = [
        f"{facts['age_years']} years old" if facts["age_years"] is not None else None,
        f"lives in {facts['region']}" if facts["region"] else None,
        f"household of {told.household_size}" if told.household_size > 1 else None,
        f"customer for {int(str(facts['tenure_days'])) // 365} years" if facts["tenure_days"] is not None else None,
        f"{facts['lifecycle']} phase" if facts["lifecycle"] else "objects to profiling",
        "needs care" if facts["is_vulnerable"] else None,
    ]
    return ", ".join(part for part in parts if part)


def sections(told: Portrait, money: str) -> Iterator[Section]:
    """Every section; ``money`` is the currency."""
    facts = told.explanation.profile
    yield "What would help most", ("need", "strength", "why", "we have"), _needs(told)
    yield "Holdings", ("product", "balance", "limit", "rate", "ends on", "over time"), list(_holdings(told, money))
    others, own = ([one for one in told.streams if (one.role == "own transfer") is is_own] for is_own in (False, True))
    yield "Income and obligations", _STREAMS, [_stream(one, money) for one in others]
    yield "Between own accounts", _STREAMS, [_stream(one, money) for one in own]
    yield "What has changed, or soon will", ("", "days ago"), [(one.what, one.days) for one in told.changes]
    yield "Belongs to", ("", ""), list(_belongs(told))
    yield "Spending", ("", "30 days", "90 days", "365 days"), list(_spending(facts, money))
    yield (
        "What he will probably buy in 30 days",
        ("category", "probability", "because"),
        [(word, f"{100 * chance:.0f} %", "; ".join(why)) for word, chance, why in told.explanation.affinities],
    )
    yield "What the booking moves", ("", "", "without", "with"), [_moved(one, money) for one in _most(told.moved)]
    yield "Travel and rewards", ("", ""), [(one.what, one.says) for one in told.travel]
    yield "What is likely", ("", "", "how sure", "of what, and why"), [_outlook(one, money) for one in told.outlook]
    yield "Reached by", ("", ""), list(_reached(facts))
    yield "Tonight", ("class", "offer", "channel", "because"), list(_tonight(told))
    contacts = [_contact(row) for row in told.explanation.contacts]
    yield "Contacts", ("at (UTC)", "offer", "channel", "status"), contacts
    answers = [(_minute(row["at"]), row["offer_id"], row["channel"], row["outcome"]) for row in told.outcomes]
    yield "What came of them", ("at (UTC)", "offer", "channel", "outcome"), answers


_STREAMS = ("", "kind", "each", "how often", "a month", "next on", "dearer by")


def _needs(told: Portrait) -> list[tuple[Cell, ...]]:
    return [(one.name, one.score, one.says, ", ".join(one.offers) or "advice") for one in told.needs]


def _holdings(told: Portrait, currency: str) -> Iterator[tuple[Cell, ...]]:
    from persona.cli.views import money  # noqa: PLC0415 - `persona --help` loads no command's work

    facts = told.explanation.profile
    for name in facts:
        product = name.removeprefix("holds_")
        if not name.startswith("holds_") or not (facts[name] or facts[f"external_{product}"]):
            continue
        balance, limit, rate = (facts[f"{kind}_{product}{end}"] for kind, end in _KINDS)
        yield (
            product if facts[name] else f"{product} (elsewhere)",
            None if balance is None else money(int(str(balance)), currency),
            None if limit is None else money(int(str(limit)), currency),
            None if rate is None else f"{100 * float(str(rate)):.2f} %",
            None if facts[f"matures_on_{product}"] is None else str(facts[f"matures_on_{product}"]),
            _spark([amount for _, amount in told.balances.get(product, ())]),
        )


_KINDS = (("balance", "_minor"), ("limit", "_minor"), ("rate", ""))


def _spark(amounts: Sequence[int]) -> str | None:
    """The amounts as a row of bars, from the least to the most."""
    if len(amounts) < 2 or min(amounts) == max(amounts):  # noqa: PLR2004 - one amount has no course
        return None
    low, span = min(amounts), max(amounts) - min(amounts)
    return "".join(BARS[(amount - low) * (len(BARS) - 1) // span] for amount in amounts)


def _stream(one: Stream, currency: str) -> tuple[Cell, ...]:
    from persona.cli.views import money  # noqa: PLC0415 - `persona --help` loads no command's work

    sign = 1 if one.is_income else -1
    return (
        one.what,
        one.role,
        money(sign * one.amount_minor, currency),
        _DAYS.get(one.period_days, f"every {one.period_days} days"),
        money(sign * one.monthly_minor, currency),
        str(one.next_on),
        None if one.risen_minor is None else money(one.risen_minor, currency),
    )


def _belongs(told: Portrait) -> Iterator[tuple[str, str]]:
    facts = told.explanation.profile
    if facts["lifecycle"]:
        yield "phase", str(facts["lifecycle"])
    if told.pattern:
        yield "spending pattern", f"{told.pattern} ({100 * float(str(facts['pattern_p'])):.0f} %)"
    if told.segments:
        yield "segments", ", ".join(told.segments)


def _spending(facts: Mapping[str, Any], currency: str) -> Iterator[tuple[Cell, ...]]:
    """In all, and in the five categories that most goes into."""
    from persona.cli.views import money  # noqa: PLC0415 - `persona --help` loads no command's work

    ends = ("30d", "90d", "365d")
    if not facts.get("spend_365d_minor"):
        return
    yield ("in all", *(money(int(facts[f"spend_{end}_minor"]), currency) for end in ends))
    words = [name.removeprefix("affinity_") for name in facts if name.startswith("affinity_")]
    leaves = [word for word in words if not any(other.startswith(f"{word}_") for other in words)]
    most = sorted(leaves, key=lambda word: (-int(facts[f"spend_365d_{word}_minor"]), word))[:5]
    for word in most:
        if facts[f"spend_365d_{word}_minor"] > 0:
            yield (word, *(money(int(facts[f"spend_{end}_{word}_minor"]), currency) for end in ends))


def _outlook(one: Outlook, currency: str) -> tuple[Cell, ...]:
    from persona.cli.views import money  # noqa: PLC0415 - `persona --help` loads no command's work

    shown = {
        "probability": f"{100 * one.value:.0f} %",
        "money": money(round(one.value), currency),
        "flag": "yes" if one.value else "no",
    }
    return one.what, shown[one.kind], one.confidence, "; ".join((one.says, *one.because))


def _most(moved: Sequence[Moved]) -> list[Moved]:
    """What a booking moves, of each kind as many as are shown, in the order of the profile."""
    shown = {one.column for one in moved if not one.column.startswith(tuple(kind for kind, _ in MOVED))}
    for kind, most in MOVED:
        of_kind = [one for one in moved if one.column.startswith(kind)]
        if all(isinstance(one.before, float) and isinstance(one.after, float) for one in of_kind):
            of_kind.sort(key=lambda one: (-abs(one.after - one.before), one.column))
        shown |= {one.column for one in of_kind[:most]}
    return [one for one in moved if one.column in shown]


def _moved(one: Moved, currency: str) -> tuple[Cell, ...]:
    from persona.cli.views import money  # noqa: PLC0415 - `persona --help` loads no command's work

    def cell(value: object) -> str:
        if value is None:
            return "not known"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if one.column.endswith("_minor"):
            return money(int(str(value)), currency)
        return f"{100 * value:.1f} %" if isinstance(value, float) and "probability" in one.about else str(value)

    return one.column, one.about.removesuffix("; 6 digits").removesuffix(", 0..1"), cell(one.before), cell(one.after)


def _reached(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "channels", ", ".join(title for name, title in _CHANNELS if facts[name]) or "none is known"
    yield "language", str(facts["language"])
    if facts.get("best_hour") is not None:
        yield "best hour", f"{facts['best_hour']}:00"
    if facts.get("best_channel") is not None:
        yield "reads most by", str(facts["best_channel"])


def _tonight(told: Portrait) -> Iterator[tuple[Cell, ...]]:
    from persona.tables.reasons import words  # noqa: PLC0415 - `persona --help` loads no command's work

    for row in told.explanation.decisions:
        offer = row["offer_id"] if row["reason"] == "O" else "silence"
        yield str(row["slot"]), str(offer), str(row["channel"]) if row["channel"] else None, words(str(row["reason"]))


def _contact(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    return _minute(row["at"]), row["offer_id"], row["channel"], row["status"]


def _minute(at: object) -> str:
    return str(at)[: len("2026-07-01 06:00")]
