"""Samples of a night beside its files: an e-mail as programs read it, and a letter as it will be printed.

They are for people who want to see what leaves, are never handed over, and go with the person whom they are about. The
same messages give the same bytes: no clock, no chance, and none of the machine's own fonts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any

import polars as pl
from babel import Locale

from persona.channels.disk import guarded, synced, written
from persona.clock import AsOf
from persona.messages.filters import formats
from persona.policy.workspace import Workspace

__all__ = ["FOLDER", "SUFFIXES", "Sample", "eml", "letter", "sampled", "samples_of"]

FOLDER = "samples"
SUFFIXES: Mapping[str, str] = {"email": "eml", "letter": "pdf"}
"""The channels that have samples, and what the names of theirs end with."""

_LAYOUT = Path(__file__).with_name("letter.typ")
_LINES = ("name", "addr1", "addr2", "addr3", "addr4")

_UNFOLDED = SMTP.clone(max_line_length=998)
"""A header that is one long address stays one: folded, it would be written in another code."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """One message as a file of its own."""

    name: str
    """From the set's folder."""
    channel: str
    message_id: str
    sha256: str
    bytes: int

    @property
    def said(self) -> dict[str, object]:
        """As the manifest has it."""
        return asdict(self)


def sampled(root: Path, rows: pl.DataFrame, channel: str, *, workspace: Workspace, as_of: AsOf) -> Iterator[Sample]:
    """Write a sample of each offer, treatment and language of a channel, the first by message_id.

    Reads: the rows of the channel in its columns. Raises: WriteError.
    """
    if channel not in SUFFIXES or rows.is_empty():
        return
    ids = rows.group_by("offer_id", "treatment_id", "locale").agg(pl.col("message_id").min())["message_id"]
    first = rows.filter(pl.col("message_id").is_in(ids.implode())).sort("message_id")
    folder = root / FOLDER / channel
    with guarded(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for row in first.iter_rows(named=True):
        made = written(folder / f"{row['message_id']}.{SUFFIXES[channel]}", [_MAKERS[channel](row, workspace, as_of)])
        name = f"{FOLDER}/{channel}/{row['message_id']}.{SUFFIXES[channel]}"
        yield Sample(name, channel, row["message_id"], made.sha256, made.bytes)
    synced(folder)


def samples_of(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The samples that a manifest names; sets of before there were any have none."""
    return list(said.get("samples", ()))


def eml(row: Row, workspace: Workspace, as_of: AsOf) -> bytes:
    """An e-mail with its headers, its plain text and its HTML. Source: RFC 5322; RFC 2046, 5.1.4; RFC 8058, 3.1."""
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((workspace.sender.name, row["from_id"]))
    message["To"] = row["email"]
    message["Reply-To"] = row["reply_to"]
    message["Subject"] = row["subject"]
    message["Date"] = format_datetime(_sent_at(row, as_of))
    message["Message-ID"] = f"<{row['message_id']}@{row['from_id'].rpartition('@')[2]}>"
    message["List-Unsubscribe"] = row["list_unsubscribe"]
    message["List-Unsubscribe-Post"] = row["list_unsubscribe_post"]
    message.set_content(row["text"], cte="quoted-printable")
    message.add_alternative(row["html"], subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{row['message_id']}")
    message["Content-Language"] = row["locale"]
    return message.as_bytes(policy=_UNFOLDED)


def letter(row: Row, workspace: Workspace, as_of: AsOf) -> bytes:
    """A letter as PDF, with its address in the window of the envelope. Source: DIN 5008:2020, form B.

    Names are shaped and turned as their script wants it; a letter that no font here has is a box, and shows so.
    """
    import typst  # noqa: PLC0415 - most nights have no letter, and fonts take a while

    day = formats(row["locale"], workspace.currency, is_plain=False).filters["day_long"](as_of.day)
    lines = [*(row[name] for name in _LINES if row[name]), f"{row['postcode']} {row['city']}"]
    foot = [f"Proof {row['keycode']}", row["paper_id"], *(row["enclosures"] or "").split(";")]
    said = {
        "bank": workspace.sender.name,
        "sender": workspace.sender.postal_address,
        "to": "\n".join([*lines, *_abroad(row["country"], workspace)]),
        "about": "\n".join([day, row["reference"]]),
        "subject": row["subject"],
        "text": row["text"].strip("\n"),
        "lang": row["locale"].partition("-")[0],
        "foot": " · ".join(one for one in foot if one),
    }
    made = typst.compile(_LAYOUT.read_bytes(), sys_inputs=said, ignore_system_fonts=True)
    if not isinstance(made, bytes):
        raise TypeError("a letter is one file")
    return made


def _abroad(country: str, workspace: Workspace) -> list[str]:
    """The last line of an address in another country: its name, in the language of the bank's own."""
    name = Locale.parse(workspace.languages[0], sep="-").territories.get(country, country)
    return [] if country == workspace.country else [str(name).upper()]


def _sent_at(row: Row, as_of: AsOf) -> datetime:
    told = row["send_at_utc"] or row["not_before_utc"]
    return datetime.fromisoformat(told).astimezone(UTC) if told else as_of.instant.astimezone(UTC)


_MAKERS: Mapping[str, Callable[[Row, Workspace, AsOf], bytes]] = {"email": eml, "letter": letter}
