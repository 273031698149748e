"""``persona explain``: one customer in plain words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from persona.cli.options import AsOfOption, JsonOption, KnownAtOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    from persona.cli.console import Screen
    from persona.policy.explain import Failing
    from persona.runs.explain import Explanation, OfferVerdict
    from persona.runs.laddered import Rung
    from persona.runs.sent import Sent

__all__ = ["explain"]

CONTACT = ("offer_id", "channel", "status")
LINE = "\n"
FEW = 1
"""Offers that a reason names; more are counted."""

KNOWN = (
    ("age_years", "age"),
    ("region", "region"),
    ("language", "language"),
    ("tenure_days", "days a customer"),
    ("lifecycle", "phase"),
    ("lifecycle_before", "phase the night before"),
    ("segment", "main segment"),
    ("recency_days", "days since the last purchase"),
    ("purchases_30d", "purchases in 30 days"),
    ("income_monthly_minor", "regular income a month"),
    ("spend_30d_minor", "spent in 30 days"),
    ("spend_365d_minor", "spent in 365 days"),
    ("recurring_monthly_minor", "recurring payments a month"),
    ("price_rise_merchant", "has become dearer"),
    ("destination_kind", "travels to"),
    ("journey_season", "travels in"),
    ("journey_party", "travels as"),
    ("redeems_for", "redeems points for"),
    ("best_hour", "best hour"),
    ("best_channel", "best channel"),
)
"""Columns of the profile that say most, and what they are called."""


def explain(
    customer: Annotated[str, typer.Argument(help="The bank's customer id.")],
    *,
    offer: Annotated[str | None, typer.Option("--offer", help="Only this offer, with every reason against it.")] = None,
    run: Annotated[str | None, typer.Option("--run", help="The run to explain; the newest when not given.")] = None,
    message: Annotated[
        bool, typer.Option("--message", help="Show what he was told, word by word; --json gives it to the byte.")
    ] = False,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what is known of a customer, and why he gets what he gets.

    For every other offer it says why not, with the value that was read and the one that would do. With --message it
    shows what he was told instead: names and addresses stand in it in clear.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.errors import PolicyError  # noqa: PLC0415
    from persona.runs.explain import explained  # noqa: PLC0415
    from persona.runs.sent import sent  # noqa: PLC0415
    from persona.runs.workspace import loaded_policy  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    if message:
        if known_at is not None:
            hint = "A replay sends nothing: leave --known-at out."
            raise PolicyError("what was said is not replayed", where="--message", hint=hint)
        with screen.progress() as progress:
            progress("messages", 0, 1)
            said = sent(workspace, customer, run_id=run, offer_id=offer, as_of=as_of)
        _show_sent(screen, said)
        return
    with screen.progress() as progress:
        told = explained(
            workspace, customer, progress=progress, run_id=run, offer_id=offer, known_at=known_at, as_of=as_of
        )
    screen.result(**asdict(told))
    _show(screen, told, loaded_policy(workspace).workspace.currency, everything=offer is not None)
    screen.finish()


def _show_sent(screen: Screen, told: Sent) -> None:
    """The messages of a night word by word, and the nights that have others."""
    screen.result(**asdict(told))
    for one in told.messages:
        said = dict(one.said)
        screen.heading(f"{one.offer_id} by {one.channel} in {one.locale}, {one.status} (run {one.run_id})")
        if "html" in said:
            said["html"] = f"{len(said['html']):,} characters; --json shows them"
        for name, text in said.items():
            screen.line(f"{name}:{LINE if LINE in text else ' '}{text}")
    if told.others:
        screen.table("Other nights with messages to him", ("run", "as of (UTC)", "messages"), told.others)
        screen.line(f"Show one: persona explain {told.customer_id} --message --run RUN")
    screen.finish()


def _show(screen: Screen, told: Explanation, currency: str, *, everything: bool) -> None:
    when = "" if told.is_finished else " (not run yet: this is what it would decide)"
    screen.heading(f"Customer {told.customer_id}, run {told.run_id}{when}")
    if told.rules_changed:
        screen.line("! The rules have changed since that run; conditions are told as they read now.")
    screen.table("What we know", ("", ""), list(_known(told, currency)))
    screen.table(
        "What will probably be bought in 30 days",
        ("category", "probability", "because"),
        [(word, f"{100 * chance:.1f} %", "; ".join(why)) for word, chance, why in told.affinities],
    )
    screen.table(
        "What he will probably accept",
        ("offer", "probability", "because"),
        [(offer, f"{100 * chance:.1f} %", "; ".join(why)) for offer, chance, why in told.acceptances],
    )
    _show_decisions(screen, told, currency)
    rows = _refusal_rows(told.refused, everything=everything)
    screen.table("Why not the others", ("offer", "by", "", "because", "read -> what would do"), rows)
    contacts = [(_minute(c["at"]), *(str(c[name]) for name in CONTACT)) for c in told.contacts]
    screen.table("Contacts in the ledger", ("at (UTC)", "offer", "channel", "status"), contacts)


def _minute(at: object) -> str:
    return str(at)[: len("2026-07-01 06:00")]


def _known(told: Explanation, currency: str) -> Iterator[tuple[str, str]]:
    from persona.cli.views import money  # noqa: PLC0415 - `persona --help` loads no command's work

    for name, title in KNOWN:
        value = told.profile.get(name)
        if value is not None:
            yield title, money(int(str(value)), currency) if name.endswith("_minor") else str(value)
    groups = {"holds": "holds_", "belongs to": "in_"}
    if told.profile["allows_profiling"] is False:
        yield "profiling", "objects to it: nothing that was reckoned is told"
        del groups["belongs to"]
    for title, prefix in groups.items():
        words = [name.removeprefix(prefix) for name, value in told.profile.items() if name.startswith(prefix) and value]
        yield title, ", ".join(words) or "nothing"
    live = [name for name, value in told.profile.items() if name.startswith("on_") and value is True]
    flags = [name for name in live if f"{name}_days" in told.profile]
    ago = [told.profile[f"{name}_days"] for name in flags]
    since = ["the day before" if days == 1 else f"{days} days ago" for days in ago]
    happened = [f"{name.removeprefix('on_')} ({when})" for name, when in zip(flags, since, strict=True)]
    if happened:
        yield "has happened", ", ".join(happened)


def _show_decisions(screen: Screen, told: Explanation, currency: str) -> None:
    from persona.cli.views import show_scarce  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.decisions import at_price, sentence  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.tables.reasons import words  # noqa: PLC0415

    screen.heading("What was decided")
    sent = {row["slot"] for row in told.decisions if row["reason"] == "O"}
    for row in told.decisions:
        if row["reason"] == "O":
            price = at_price(row["price_point"], row.get("price_lot"))
            hours = _in_the(row.get("day_slot"))
            answers, is_answer, _ = str(row["occasion"]).partition(":")
            because = f", as {answers} has happened" if is_answer else ""
            told_by = f"{row['offer_id']} by {row['channel']} ({row['treatment_id']}){price}{hours}{because}"
            screen.line(f"  {row['slot']}: {told_by}")
        else:
            which = f" ({row['reason_id']})" if row["reason_id"] else ""
            ghost = f": would have been {row['offer_id']} by {row['channel']}" if row["is_ghost"] else ""
            what = "on paper" if row["slot"] in sent else "silence"
            screen.line(f"  {row['slot']}: {what} - {words(str(row['reason']))}{which}{ghost}")
    rows = [
        (
            one.slot,
            one.rank,
            f"{one.offer_id}/{one.treatment_id}{at_price(one.price_point, one.price_lot)}{_in_the(one.day_slot)}",
            one.reckoning,
            str(one.charge) if one.charge else None,
            sentence(one, currency=currency),
        )
        for one in told.choices
    ]
    header = ("class", "rank", "offer", "propensity x worth x context x lever - cost - fatigue", "scarcity asks", "")
    screen.table("How it was weighed", header, rows)
    _show_ladders(screen, told.ladders, currency)
    show_scarce(screen, told.scarce, currency)


def _in_the(day_slot: object) -> str:
    return f" in the {day_slot}" if day_slot else ""


def _show_ladders(screen: Screen, rungs: Sequence[Rung], currency: str) -> None:
    """Each price that was weighed, and why it is not the one that he is told."""
    from persona.cli.views import money  # noqa: PLC0415 - `persona --help` loads no command's work

    rows = [
        (
            f"{one.offer_id}/{one.treatment_id}",
            f"{one.point} ({one.price})",
            one.band,
            None if one.p is None else f"{one.p:.6f}",
            None if one.worth_minor is None else money(one.worth_minor, currency),
            None if one.value_milli is None else money(round(one.value_milli / 1_000), currency),
            one.why_not or ("chosen" if one.lot is None else "drawn by lot"),
        )
        for one in rungs
    ]
    header = ("offer", "price", "band", "propensity", "worth", "value", "")
    screen.table("Which price", header, rows)


def _refusal_rows(refused: Sequence[OfferVerdict], *, everything: bool) -> list[tuple[str, ...]]:
    """One row a reason, with the offers and channels that it refuses; the first reason of each, or all of them.

    What refuses many offers alike, such as a channel without consent, stands last.
    """
    found: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for one in refused:
        for refusal in one.refusals if everything else one.refusals[:1]:
            is_named = refusal.id in (None, one.channel) or str(refusal.id) in refusal.says
            says = refusal.says if is_named else f"{refusal.says} ({refusal.id})"
            read = "; ".join(map(str if everything else _said, refusal.failing))
            found.setdefault((refusal.letter, says, read, one.channel), {})[one.offer_id] = None
    channels: dict[tuple[tuple[str, ...], str, str, str], list[str]] = {}
    for (letter, says, read, channel), offers in found.items():
        channels.setdefault((tuple(offers), letter, says, read), []).append(channel)
    rows = sorted(channels.items(), key=lambda row: (len(row[0][0]) > FEW, row[0][0]))
    return [(_listed(offers), ", ".join(by), letter, says, read) for (offers, letter, says, read), by in rows]


def _listed(offers: Collection[str]) -> str:
    return ", ".join(offers) if len(offers) <= FEW else f"{len(offers)} offers"


def _said(part: Failing) -> str:
    """A failing part by its change, or by what it read alone; its text stands in the rule and with --offer."""
    if part.change:
        return str(part.change).replace("-> = ", "-> ")
    return ", ".join(f"{name} {'unknown' if value is None else str(value).lower()}" for name, value in part.read)
