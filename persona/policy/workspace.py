"""``persona.yaml``: the workspace, its words and its senders."""

from __future__ import annotations

from datetime import date
from typing import Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator

from persona.policy.model import FileModel, Strict, Word
from persona.tables.foundation import CANONICAL

__all__ = [
    "CHANNELS",
    "SHOWN",
    "Archive",
    "Channel",
    "Engine",
    "Retention",
    "Sender",
    "Transfer",
    "VaultKey",
    "Workspace",
]

Channel = Literal["email", "sms", "push", "inapp", "letter", "atm", "call", "advisor"]
CHANNELS: tuple[Channel, ...] = ("email", "sms", "push", "inapp", "letter", "atm", "call", "advisor")
"""Every channel that messages are composed for and files are written for."""
SHOWN: tuple[Channel, ...] = ("inapp", "atm")
"""Those that a customer comes to: a message is shown there until its offer ends, and can be taken away till then."""


class Sender(Strict):
    """Who speaks: what every message must say about its origin."""

    name: str
    from_email: str
    reply_to: str
    postal_address: str
    sms_sender: str = ""
    privacy_url: str
    unsubscribe_url: str = Field(description="https address that a signed token is appended to (RFC 8058).")
    links: tuple[str, ...] = Field(default=(), description="Hosts that messages may link to.")


class VaultKey(Strict):
    """Where the vault's master key is read: an environment variable, else a command, else a file."""

    env: str = "PERSONA_VAULT_KEY"
    command: tuple[str, ...] = Field(
        default=(), description="Program and arguments that print the key, such as a secret manager's; no shell."
    )
    file: str = Field(default="vault.key", description="Beside persona.yaml; made where no key is given.")
    region: str | None = Field(default=None, description="Where state/ lies; null: in the workspace's region.")


class Archive(Strict):
    """Who can open the archive of what was sent, and how long it is kept."""

    recipients: tuple[str, ...] = Field(min_length=1, description="Public keys of age: age1...")
    days: int | None = Field(
        default=None, ge=1, description="Days that a night's archive is kept; null: always. 25 months are 762."
    )


class Transfer(Strict):
    """Personal data that may move from one region into another, and why."""

    from_: str = Field(alias="from")
    to: str
    ground: str = Field(min_length=1, description="The legal ground, such as an adequacy decision.")


class Retention(Strict):
    """How long things are kept; what is past it goes with `persona purge`."""

    evidence_nights: int = Field(default=30, ge=1)
    tables: dict[str, int | None] = Field(
        default_factory=dict,
        description="Days that the rows of a table are kept, in place of its contract's; null: as long as the customer "
        "is one. Of a table without a time: days that snapshots are kept which newer ones have taken the place of.",
    )
    decision_days: int | None = Field(default=None, ge=1, description="Days that decisions are kept; null: always.")
    output_days: int | None = Field(default=None, ge=1, description="Days that sets of files lie under out/.")
    delivery_days: int | None = Field(default=None, ge=1, description="Days that files lie in the drop folders.")
    prescreened: tuple[Word, ...] = Field(
        default=(),
        description="Groups whose offers are prescreened solicitations: their decisions and files stay 25 months.",
    )
    holds: str | None = Field(
        default=None, description="CSV beside persona.yaml of customers under legal hold: customer_id,reason[,until]."
    )

    @field_validator("tables")
    @classmethod
    def _are_tables(cls, tables: dict[str, int | None]) -> dict[str, int | None]:
        for name, days in tables.items():
            if name not in CANONICAL:
                raise ValueError(f"{name} is no table; tables: {', '.join(sorted(CANONICAL))}")
            if days is not None and days < 1:
                raise ValueError(f"{name}: at least 1 day")
        return tables


class Engine(Strict):
    """How much of the machine a run may take."""

    memory_gb: float = Field(default=4.0, gt=0.25)
    rows_per_batch: int = Field(default=2_000_000, ge=1)


class Workspace(FileModel):
    """The workspace: its name, words, zone, currency and senders."""

    persona: Literal[1] = Field(description="Version of this format.")
    name: str
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    country: str = Field(pattern=r"^[A-Z]{2}$")
    zone: str
    languages: tuple[str, ...] = Field(min_length=1, description="The first is spoken where nothing else is known.")
    as_of: Literal["yesterday", "latest_delivery"] | date = "yesterday"
    products: tuple[Word, ...] = ()
    subjects: tuple[Word, ...] = Field(default=(), description="What an event can be about.")
    topics: tuple[Word, ...] = Field(default=(), description="What customers may state a preference about.")
    channels: tuple[Channel, ...] = CHANNELS
    sender: Sender
    region: str | None = Field(default=None, description="Where personal data is kept, such as EU.")
    transfers: tuple[Transfer, ...] = Field(default=(), description="Moves of data between regions that are allowed.")
    features: tuple[Word, ...] = Field(
        default=(), description="Extra columns with `pii: quasi` that conditions, scores and texts may read."
    )
    vault: VaultKey = VaultKey()
    retention: Retention = Retention()
    archive: Archive | None = Field(
        default=None, description="What each night's messages said, encrypted under archive/; null: none is kept."
    )
    engine: Engine = Engine()
    packs: tuple[str, ...] = ()

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError("is not an IANA time zone such as Europe/Prague")
        return zone
