"""What is on its way to people who must no longer have it: noted, taken out of files, and told to the vendors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from persona import foundation
from persona.channels import KillList, kill_lists, taken_out
from persona.channels import handed as lying
from persona.channels.manifest import SUCCESS, read
from persona.clock import AsOf
from persona.errors import ExtractError
from persona.offers import recalled
from persona.policy.actions import actions
from persona.policy.policy import Policy
from persona.policy.workspace import SHOWN
from persona.runs.deciding import room_of
from persona.runs.load import Progress, load
from persona.runs.night import newest_delivery
from persona.runs.permitting import purposes
from persona.runs.plan import Night
from persona.runs.rendering import sealing
from persona.runs.workspace import loaded_policy, this_moment
from persona.store import Store
from persona.tables import PolarsType

__all__ = ["Recall", "recall", "recalled_now"]

TABLES = ("consents", "suppressions", "outcomes")
"""What is taken in beforehand, and what is asked: whatever else lies there can wait."""

LEAVING = ("written", "handed_off", "sent")
"""Contacts that may not have reached anybody yet; ``sent`` is what a vendor has accepted."""


@dataclass(frozen=True, slots=True)
class Recall:
    """What came of asking again."""

    as_of: str
    on_their_way: int
    """Messages that were looked at."""
    recalled: int
    """Messages that are recalled since now, in time."""
    late: int
    """Messages that are to be recalled since now and may be sent all the same: the vendor's cut-off had passed."""
    why: tuple[tuple[str, str, int], ...]
    """Reason, which one, and how many, of both."""
    taken_out: int
    """Rows that went out of files that have not left."""
    lists: tuple[KillList, ...]
    fault: ExtractError | None = None
    """Extracts that could not be taken in: what they would have said is not known."""


def recall(root: Path, *, as_of: str | None, progress: Progress) -> Recall:
    """What came of asking again whether the messages on their way may reach their customers.

    New extracts of consents and suppressions are taken in first; what was delivered on the day itself counts.
    Raises: PolicyErrors, LockError, WriteError.
    """
    policy = loaded_policy(root)
    with Store.open(policy.root, policy.workspace) as store:
        fault = None
        try:
            load(policy, store, root=policy.root, progress=progress, tables=TABLES)
        except ExtractError as error:
            fault = error
        at = this_moment(policy, as_of, newest_delivery=newest_delivery(store))
        return recalled_now(policy, store, at, progress, fault=fault)


def recalled_now(
    policy: Policy, store: Store, at: AsOf, progress: Progress, *, fault: ExtractError | None = None
) -> Recall:
    """What came of asking again, at an instant, with what is loaded; done again, it says that nothing is new.

    The ledger is told first: a kill leaves lists and files that the next time are made from it. Where a set of files
    was taken away since, each vendor of its channels gets a list.
    """
    progress("recall", 0, 1)
    leaving = _on_their_way(policy, store, at)
    found = _found(policy, store, at, leaving, progress)
    known = store.recalls().select("message_id")
    new = found.join(known, on="message_id", how="anti").sort("message_id")
    for (run_id,), rows in sorted(new.partition_by("run_id", as_dict=True).items()):
        store.recall(str(run_id), rows, at=at.instant)
    gone, lists = 0, list[KillList]()
    for run_id in store.recalls()["run_id"].unique().sort():
        count, made = _carried_out(policy, store, run_id, at)
        gone, lists = gone + count, [*lists, *made]
    why = new.group_by("reason", "reason_id").len().sort("reason", "reason_id")
    late = new.filter(~pl.col("in_time")).height
    return Recall(str(at), leaving.height, new.height - late, late, tuple(why.rows()), gone, tuple(lists), fault)


def _on_their_way(policy: Policy, store: Store, at: AsOf) -> pl.DataFrame:
    """Each message that may still be sent or shown, and whether its vendor takes it back.

    A message is sent between two instants and taken back until some minutes before the first; what is shown in the
    app is shown until its offer ends, and can be taken back all that time; what has not been handed over always is
    looked at, and can.
    What the vendor says has been sent, or was answered, is there.
    """
    begun = store.runs().filter(pl.col("status") == "begun").select("run_id")
    contacts = store.contacts().filter(pl.col("status").is_in(LEAVING)).join(begun, on="run_id", how="anti")
    told = contacts.join(_told(store, contacts), on="message_id", how="left").join(
        _ends(policy), on=["offer_id", "treatment_id"], how="left"
    )
    is_shown, is_here, now = pl.col("channel").is_in(SHOWN), pl.col("status") == "written", at.naive_utc
    ends = pl.when(is_shown).then("until_utc").otherwise(pl.coalesce("not_after_utc", "until_utc"))
    came = store.scan("outcomes", as_of=at.day + timedelta(days=1)).select("message_id").unique().collect()
    is_there = pl.col("message_id").is_in(came["message_id"].implode()) & ~is_shown
    is_on_its_way = is_here | ((ends > now).fill_null(is_shown) & ~is_there)
    cut_off = pl.col("not_before_utc") - pl.col("channel").replace_strict(_minutes(policy), default=timedelta())
    in_time = is_here | is_shown | (pl.lit(now) < cut_off).fill_null(value=False)
    return told.filter(is_on_its_way).with_columns(in_time=in_time)


def _told(store: Store, contacts: pl.DataFrame) -> pl.DataFrame:
    """What the decisions say of the messages, as far as they are kept."""
    names = ("message_id", "treatment_id", "not_before_utc", "not_after_utc")
    kept = {str(run) for (run,) in store.catalog.run("SELECT run_id FROM evidence WHERE name = 'decisions'")}
    runs = sorted(kept & set(contacts["run_id"]))
    empty = pl.LazyFrame(schema=dict(zip(names, (pl.String, pl.String, _AT, _AT), strict=True)))
    said = [store.evidence(run, "decisions").select(names) for run in runs]
    return pl.concat([empty, *said]).filter(pl.col("message_id").is_not_null()).collect()


_AT = pl.Datetime("us")


def _ends(policy: Policy) -> pl.DataFrame:
    """Until when each treatment can be taken up."""
    columns = actions(policy.offers, policy.catalog, zone=policy.workspace.zone)
    rows = [(one.offer.offer, one.treatment.id, one.until_utc) for one in columns]
    schema: dict[str, PolarsType] = {"offer_id": pl.String, "treatment_id": pl.String, "until_utc": _AT}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _minutes(policy: Policy) -> Mapping[str, timedelta]:
    """How long before its first instant a message of each channel is taken back no more, by the slowest vendor."""
    longest: dict[str, int] = dict.fromkeys(policy.workspace.channels, 0)
    for one in policy.delivery:
        longest[one.channel] = max(longest.get(one.channel, 0), one.recall_minutes)
    return {channel: timedelta(minutes=minutes) for channel, minutes in longest.items()}


def _found(policy: Policy, store: Store, at: AsOf, leaving: pl.DataFrame, progress: Progress) -> pl.DataFrame:
    """The messages on their way that may not reach their customers, with why and whether it is in time."""
    after = at.day + timedelta(days=1)
    customers = leaving.select("customer_no").unique()
    consents, suppressions = (
        store.scan(name, as_of=after).join(customers.lazy(), on="customer_no", how="semi").collect()
        for name in TABLES[:2]
    )
    profiled = room_of(Night(policy, store, at, None, progress)).profiled
    name = pl.concat_str("offer_id", pl.lit("/"), "treatment_id")
    is_profiled = name.is_in(sorted(profiled)).fill_null(pl.col("class") == "marketing")
    why = recalled(
        leaving.with_columns(is_profiled=is_profiled),
        consents={
            name: foundation.consent_now(consents, as_of=at, purpose=purpose, channels=policy.workspace.channels)
            for name, purpose in purposes(policy, store, as_of=after).items()
        },
        suppressions=foundation.suppressed(suppressions, as_of=at.day),
        stops=policy.contact_on(at.day).suppressions,
        objectors=foundation.objectors(consents, as_of=at)["customer_no"].to_list(),
    )
    return why.join(leaving.select("message_id", "run_id", "channel", "in_time"), on="message_id")


def _carried_out(policy: Policy, store: Store, run_id: str, at: AsOf) -> tuple[int, tuple[KillList, ...]]:
    """The rows that went out of waiting files of a run, and its new lists; nothing where all that is done already."""
    rows = store.recalls().filter(pl.col("run_id") == run_id)
    before: dict[str, Any] = store.saved("recalled", run_id) or {"messages": 0, "lists": []}
    if before["messages"] == rows.height:
        return 0, ()
    folder, seal, gone = policy.root / "out" / run_id, sealing(store), 0
    handed = {*((one.channel, one.profile) for one in policy.delivery), *((name, "generic") for name in _bare(policy))}
    if (folder / SUCCESS).exists():
        there = {row.name for _, row in lying(folder, root=policy.root, profiles=policy.delivery)}
        names = there | set(store.saved("handed", run_id) or {})
        gone = taken_out(folder, rows["message_id"], handed=names, on=at.day, seal=seal)
        handed = {(row.channel, row.profile) for row in read(folder)[1] if row.name in names}
    made = kill_lists(rows, root=policy.root, run_id=run_id, profiles=policy.delivery, handed=handed, seal=seal)
    lists = sorted({*before["lists"], *(one.target for one in made)})
    store.save("recalled", run_id, {"messages": rows.height, "lists": lists})
    return gone, made


def _bare(policy: Policy) -> set[str]:
    """The channels without a profile of their own."""
    return set[str](policy.workspace.channels) - {one.channel for one in policy.delivery}
