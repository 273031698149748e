"""Three books side by side: the manifest, the ledger of contacts, and what the vendor says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from persona.channels.acknowledged import acknowledged
from persona.channels.manifest import SUCCESS, read
from persona.channels.publish import generic
from persona.channels.reconciled import EXPLAINED, FINDINGS, Files, compared, filed
from persona.errors import PolicyError
from persona.policy.policy import Policy
from persona.policy.rules import Delivery
from persona.runs.proofing import INVENTED
from persona.runs.workspace import loaded_policy
from persona.store import Store

__all__ = ["Reconciliation", "reconcile"]

_WHERE = "persona reconcile"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What came of comparing."""

    run_id: str
    profile: str
    channel: str
    counts: tuple[tuple[str, int], ...]
    """Each finding and how many messages it is of; in the order of FINDINGS."""
    unexplained: tuple[tuple[str, str], ...]
    """Message and finding of each that is not explained."""
    files: Files | None
    """None where the set of files was taken away: two books are left."""
    is_new: int
    """Messages of which the vendor says something for the first time."""

    @property
    def agrees(self) -> bool:
        """Whether every message is explained and the books say the same."""
        return not self.unexplained and (self.files is None or self.files.agree)


def reconcile(root: Path, paths: Sequence[Path], *, profile: str, run_id: str | None) -> Reconciliation:
    """What came of comparing a vendor's acknowledgements, which count together, with what was written for him.

    What he says for the first time is noted: an accepted contact becomes ``sent``, a rejected one ``rejected`` and
    counts towards no limit any more. Again, it says the same and changes nothing.
    Raises: PolicyError for a profile or run that is not there, ExtractError for a file that cannot be read.
    """
    policy = loaded_policy(root)
    how = _profile(policy, profile)
    said = pl.concat([acknowledged(path, how.acknowledges) for path in paths])
    said = said.filter(~pl.col("message_id").str.starts_with(INVENTED))  # seeds are nobody's contacts
    with Store.open(policy.root, policy.workspace) as store:
        contacts = store.contacts().filter(pl.col("status") != "ghost", pl.col("channel") == how.channel)
        chosen = _run(contacts, said, run_id)
        ledger = contacts.filter(pl.col("run_id") == chosen)
        found = compared(ledger, said)
        for status, finding in (("sent", "accepted"), ("rejected", "rejected")):
            new = found.filter(pl.col("is_new") & (pl.col("finding") == finding))["message_id"]
            if len(new):
                store.set_status(chosen, status, message_ids=new)
    folder = policy.root / "out" / chosen
    books = filed(*read(folder), channel=how.channel, profile=how.profile, ledger=ledger) if _is_there(folder) else None
    counts = dict(found.group_by("finding").len().iter_rows())
    wrong = found.filter(~pl.col("finding").is_in(EXPLAINED)).select("message_id", "finding")
    return Reconciliation(
        chosen,
        profile,
        how.channel,
        tuple((name, counts[name]) for name in FINDINGS if name in counts),
        tuple(wrong.iter_rows()),
        books,
        int(found["is_new"].sum()),
    )


def _is_there(folder: Path) -> bool:
    return (folder / SUCCESS).is_file()


def _profile(policy: Policy, name: str) -> Delivery:
    """The profile of a name; a channel that has none goes by the channel's own name."""
    own: dict[str, Delivery] = {one.profile: one for one in policy.delivery}
    bare = set(policy.workspace.channels) - {one.channel for one in policy.delivery}
    known: dict[str, Delivery] = {**{channel: generic(channel) for channel in sorted(bare)}, **own}
    if name not in known:
        raise PolicyError.unknown("profile", name, known, where="--profile")
    return known[name]


def _run(contacts: pl.DataFrame, said: pl.DataFrame, asked: str | None) -> str:
    """The run that is asked for, else the one whose messages the vendor names."""
    left = contacts.filter(pl.col("status").is_in(["handed_off", "sent", "rejected", "recalled"]))
    runs = left["run_id"].unique().sort().to_list()
    if asked is not None:
        if asked not in runs:
            raise PolicyError.unknown("run with messages for this vendor", asked, runs, where="--run")
        return asked
    named: list[str] = contacts.join(said, on="message_id", how="semi")["run_id"].unique().sort().to_list()
    if len(named) == 1:
        return named[0]
    what = f"it names messages of {len(named)} runs" if named else "it names no message that was ever planned"
    raise PolicyError(
        what, where=_WHERE, hint=f"Say which one is meant with --run: {', '.join(named or runs) or 'none'}."
    )
