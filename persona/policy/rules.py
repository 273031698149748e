"""Segments, categories, compliance, contact policy, experiments, quality and delivery: the rest of ``rules/``."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from persona.policy.catalog import Class, Product
from persona.policy.model import FileModel, Sql, Strict, Word, Words
from persona.policy.presets import known, preset
from persona.policy.rollouts import Rollout
from persona.policy.workspace import Channel

__all__ = [
    "DATES",
    "Categories",
    "Category",
    "Compliance",
    "ComplianceRule",
    "Conflict",
    "ContactPolicy",
    "Cooloff",
    "DaySlot",
    "Delivery",
    "Example",
    "Exemption",
    "Experiments",
    "Holdout",
    "Layer",
    "Limit",
    "Quality",
    "QuietHours",
    "Reservation",
    "Sampling",
    "Seed",
    "Segment",
    "SendHours",
    "Sequence",
    "mcc_codes",
]

DATES = "%Y-%m-%dT%H:%M:%SZ"
"""How delivery files write instants where a profile says nothing of it: ISO 8601."""

Shown = Literal["sender_name", "postal_address", "way_out"]
"""What a message can show of its sender: his name, where he lives, and how to stop it."""


_CODE_DIGITS = 4
_SPAN = r"^[0-9]{1,4}(-[0-9]{1,4})?$"


def mcc_codes(span: str) -> list[str]:
    """The merchant category codes of a span, in four digits.

    >>> mcc_codes("742"), mcc_codes("3000-3002")
    (['0742'], ['3000', '3001', '3002'])
    """
    first, _, last = span.partition("-")
    return [f"{number:0{_CODE_DIGITS}d}" for number in range(int(first), int(last or first) + 1)]


class Category(Strict):
    """A leaf of the bank's category tree and what maps onto it."""

    name: Words = Field(default_factory=dict)
    mcc: tuple[str, ...] = Field(default=(), description='Codes and ranges, quoted: "5411", "3000-3299".')
    codes: tuple[str, ...] = Field(default=(), description="The source's own category words.")
    merchants: tuple[str, ...] = Field(default=(), description="Texts that a merchant's name contains.")
    is_spend: bool = True

    @field_validator("mcc")
    @classmethod
    def _is_made_of_codes(cls, mcc: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [span for span in mcc if not re.match(_SPAN, span) or not mcc_codes(span)]
        if wrong:
            raise ValueError(f'{wrong[0]!r} is neither a code nor a range, such as "5411" or "3000-3299"')
        return mcc


class Categories(FileModel):
    """``rules/categories.yaml``: the tree by dotted name, such as travel.air."""

    categories: dict[str, Category]


class Segment(FileModel):
    """``rules/segments/*.yaml``: a named group of customers."""

    segment: Word
    name: Words
    when: Sql
    owner: str
    review_on: date
    priority: int | None = Field(default=None, description="The lowest that holds is the customer's main segment.")


_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class SendHours(Strict):
    """Hours of the day in which something may be sent, in the customer's own zone."""

    send_from: str = Field(pattern=_CLOCK)
    send_until: str = Field(pattern=_CLOCK)
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(
        default=(1, 2, 3, 4, 5, 6, 7), description="1 is Monday."
    )


class Example(Strict):
    """A given and what the rule must say of it."""

    given: dict[str, str | int | bool | Decimal | date | None]


class ComplianceRule(Strict):
    """A statutory or policy rule: on the customer, on what a message says, on when it is sent, or on what decides."""

    id: str
    law: str
    source: str
    jurisdiction: str
    owner: str
    severity: Literal["block", "warn"] = "block"
    effective_from: date
    effective_until: date | None = None
    groups: tuple[Word, ...] = Field(default=(), description="Groups it speaks of; none: all.")
    products: tuple[Product, ...] = Field(
        default=(), description="Kinds of product it speaks of, as groups are `regulated_as`; none: all."
    )
    channels: tuple[str, ...] = ()
    classes: tuple[Class, ...] = ("marketing",)
    when: Sql | None = Field(default=None, description="Condition over the profile that must hold.")
    on_unknown: Literal["block", "pass"] = "block"
    triggered_by: tuple[str, ...] = Field(
        default=(), description="Texts or offer terms that make it speak; none: always."
    )
    unless: tuple[str, ...] = Field(default=(), description="Texts or offer terms that make it silent.")
    requires_block: Word | None = Field(default=None, description="Block that the message must contain.")
    placement: Literal["anywhere", "beside", "top"] = Field(
        default="anywhere",
        description="Where that block stands: beside and top are places that the template keeps for it.",
    )
    requires: tuple[tuple[str, ...], ...] = Field(
        default=(), description="The message says one text of each list; in place of the block where it has one too."
    )
    requires_near: Literal["message", "sentence"] = Field(
        default="message", description="sentence: each sentence with a trigger says what is required."
    )
    shows: tuple[Shown, ...] = Field(default=(), description="What of the sender the message must show.")
    forbids: tuple[str, ...] = Field(default=(), description="Words that no message may contain.")
    send_hours: tuple[SendHours, ...] = Field(
        default=(),
        description="When its channels may be used, for messages of every class, where the customer is in the "
        "jurisdiction.",
    )
    prohibits: tuple[Word, ...] = Field(
        default=(), description="Columns that may not enter who gets an offer, its value or its price."
    )
    allows: tuple[Sql, ...] = Field(default=(), description="With prohibits: conditions that are lawful all the same.")
    passes: tuple[Example, ...] = ()
    fails: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _is_near_something(self) -> ComplianceRule:
        if self.requires_near == "sentence" and not self.triggered_by:
            raise ValueError("requires_near: sentence needs triggered_by, beside which something is required")
        return self

    def holds_on(self, day: date) -> bool:
        """Whether the rule is in force on a day."""
        return self.effective_from <= day and (self.effective_until is None or day < self.effective_until)

    @property
    def reads_messages(self) -> bool:
        """Whether it is a check of what a message says."""
        return bool(self.requires_block or self.requires or self.shows or self.forbids)


class Compliance(FileModel):
    """``rules/compliance/*.yaml``: the bank's rules; the packs of ``persona.yaml`` are files of the same form."""

    columns: dict[Word, Literal["boolean", "integer", "decimal", "text", "date"]] = Field(
        default_factory=dict,
        description="What rules read of customers beyond the profile; unknown where no source gives it.",
    )
    rules: tuple[ComplianceRule, ...]

    @property
    def is_pack(self) -> bool:
        """Whether it came with the package and is not the bank's own."""
        return self.file.startswith("packs/")


class Limit(Strict):
    """The most contacts in a sliding window."""

    id: Word
    channels: tuple[str, ...] = Field(default=(), description="Channels it counts; none: all.")
    offers: tuple[Word, ...] = ()
    groups: tuple[Word, ...] = ()
    without: tuple[Word, ...] = Field(default=(), description="Offers that it neither counts nor stops.")
    classes: tuple[Class, ...] = ("marketing",)
    per: Literal["customer", "household"] = "customer"
    max: int = Field(ge=0)
    days: int = Field(ge=1)


class Cooloff(Strict):
    """Silence after an outcome."""

    id: Word
    outcome: str
    count: int = Field(default=1, ge=1)
    within_days: int = Field(ge=1)
    level: Literal["offer", "group", "issue", "channel", "all"]
    suppress_days: int = Field(ge=1)
    escalate: int = Field(
        default=1, ge=1, le=10, description="By how much the silence grows with each further time within the days."
    )
    ignored_after_days: int = Field(default=7, ge=1, description="Days without an answer that make a contact ignored.")


class QuietHours(SendHours):
    """The hours of a channel outside of which nothing is sent, in the customer's own zone."""

    channels: tuple[str, ...]
    jurisdiction: str | None = Field(
        default=None, description="Where customers are whom it protects: EU, DE, US-FL; null: everywhere."
    )
    source: str

    @property
    def send_hours(self) -> tuple[SendHours, ...]:
        """The hours, as a compliance rule has them."""
        return (self,)


class DaySlot(SendHours):
    """A part of the day in which messages of some channels leave; each message of these is planned into one."""

    id: Word
    channels: tuple[str, ...] = Field(min_length=1)

    @property
    def send_hours(self) -> tuple[SendHours, ...]:
        """The hours, as a compliance rule has them."""
        return (self,)

    def far(self, hour: int) -> int:
        """How many hours an hour of the day, 0 to 23, lies outside of it, the shorter way round the clock."""
        begin, end = int(self.send_from[:2]), int(self.send_until[:2]) + (self.send_until[3:] != "00")
        length = (end - begin) % 24 or 24
        after = (hour - begin) % 24
        return 0 if after < length else min(after - length + 1, 24 - after)


class Conflict(Strict):
    """Offers of which a customer or a household is told of one at most."""

    id: Word
    never: tuple[Word, ...] = Field(min_length=2, description="Offers: marketing, two or more.")
    within_days: int = Field(ge=1)
    per: Literal["customer", "household"] = Field(
        default="customer",
        description="household: its members are told of one of them alone, which may be the same of several.",
    )


class Sequence(Strict):
    """An offer that is told only to whom another was sent before."""

    id: Word
    offer: Word
    after: Word
    within_days: int = Field(ge=1)


class Reservation(Strict):
    """Room of a limit that is kept for a campaign that is known beforehand."""

    id: Word
    limit: Word
    keep: int = Field(default=1, ge=1, description="Contacts of the limit that other offers leave free.")
    offers: tuple[Word, ...] = Field(min_length=1, description="For whom they are kept.")
    from_: date = Field(alias="from", description="The campaign's first day; room is kept for it beforehand.")
    until: date
    reason: str = Field(min_length=1)


class Exemption(Strict):
    """Offers that some rules do not stop, because somebody answers for it, until a day; they count all the same."""

    rules: tuple[Word, ...] = Field(min_length=1, description="Limits, cool-offs, conflicts or sequences.")
    offers: tuple[Word, ...] = Field(min_length=1)
    reason: str = Field(min_length=1)
    approver: str = Field(min_length=1)
    until: date

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return day < self.until


class ContactPolicy(FileModel):
    """``rules/contact.yaml``: how often, when and after what silence."""

    purpose: str = "marketing"
    limits: tuple[Limit, ...] = ()
    cooloffs: tuple[Cooloff, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    requires: tuple[Sequence, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    day_slots: tuple[DaySlot, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    suppressions: dict[str, tuple[Class, ...]] = Field(
        default_factory=dict, description="Suppression type -> classes of offers that it stops."
    )


class Holdout(Strict):
    """Customers who are decided for and not contacted, so that lift can be measured."""

    id: Word
    salt: str
    share: Decimal = Field(ge=0, le=1)
    per: Literal["customer", "household"] = "customer"
    offers: tuple[Word, ...] = Field(default=(), description="Offers it is for; none: all marketing.")


class Layer(Strict):
    """A small arm in which one layer of the decision is left out, so that what the layer is worth can be measured."""

    id: Word
    salt: str
    share: Decimal = Field(gt=0, le=Decimal("0.2"))
    per: Literal["customer", "household"] = "customer"
    decides: Literal["random", "propensity", "no_levers", "eligibility", "price"] = Field(
        description="random: an offer by lot among those worth more than silence; propensity: by it alone; no_levers: "
        "without the weights of the business; eligibility: applicability is not asked; price: the offer as usual, its "
        "price by lot among those that are open to the customer and worth more than silence."
    )
    drawn: Literal["once", "nightly"] = Field(
        default="once", description="once: who is in it stays in it; nightly: drawn anew each night."
    )


class Experiments(FileModel):
    """``rules/experiments.yaml``: holdouts, and arms in which a layer of the decision is left out."""

    holdouts: tuple[Holdout, ...] = ()
    layers: tuple[Layer, ...] = ()


class Sampling(Strict):
    """How good a stratum's messages have to be, and how sure people want to be of it: the sample follows from these."""

    aql: Decimal = Field(
        default=Decimal("0.01"),
        ge=0,
        lt=1,
        description="Acceptable quality level: the share of bad ones that passes.",
    )
    limiting_quality: Decimal = Field(
        default=Decimal("0.125"), gt=0, le=1, description="A share of bad messages that must not pass."
    )
    producer_risk: Decimal = Field(
        default=Decimal("0.05"), gt=0, lt=1, description="The most probability to stop a stratum at the AQL."
    )
    consumer_risk: Decimal = Field(
        default=Decimal("0.1"), gt=0, lt=1, description="The most probability to pass one at the limiting quality."
    )

    @model_validator(mode="after")
    def _tells_good_from_bad(self) -> Sampling:
        if self.limiting_quality <= self.aql:
            raise ValueError("limiting_quality has to be more than aql: no sample can tell them apart")
        return self


class Seed(Strict):
    """Where people of the bank get one message of each stratum, as a customer would."""

    persona: Word = Field(description="The invented person of personas.yaml for whom it is written.")
    email: str | None = None
    phone: str | None = None
    push_token: str | None = None


class Quality(FileModel):
    """``rules/qa.yaml``: how a set of messages is released, by risk class."""

    release: dict[Literal["low", "medium", "high"], Literal["automatic", "sampled", "manual"]] = Field(
        description="automatic: nobody looks; sampled: people look at a sample of each stratum; manual: at all."
    )
    sampling: Sampling = Sampling()
    seeds: tuple[Seed, ...] = Field(default=(), description="Who in the bank gets each stratum, in files of their own.")
    max_withheld_share: Decimal = Field(default=Decimal("0.05"), ge=0, le=1)
    blocked_words: tuple[str, ...] = ()
    reading: dict[str, Annotated[int, Field(ge=20, le=100)]] = Field(
        default_factory=dict, description="Language -> the hardest LIX of a message, such as 50; none: not looked at."
    )


class Encryption(Strict):
    """Who can read a vendor's files."""

    recipients: tuple[str, ...] = Field(min_length=1, description="Public keys of age: age1...")


class Acknowledgement(Strict):
    """How a vendor writes back what he has accepted and what not: a row a message."""

    format: Literal["csv", "jsonl"] = "csv"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8"
    message_id: str = Field(default="message_id", description="His name of the column.")
    status: str = Field(default="status", description="His name of the column.")
    accepted: tuple[str, ...] = Field(default=("accepted",), min_length=1, description="His words for it.")
    rejected: tuple[str, ...] = Field(default=("rejected",), description="His words for it.")

    @model_validator(mode="after")
    def _means_one_thing_by_a_word(self) -> Acknowledgement:
        both = sorted(set(self.accepted) & set(self.rejected))
        if both:
            raise ValueError(f"{', '.join(both)} cannot mean both accepted and rejected")
        return self


class Delivery(FileModel):
    """``rules/delivery/*.yaml``: the shape of a vendor's file."""

    profile: Word
    channel: Channel
    preset: str | None = Field(
        default=None, description="A vendor's shape that comes with the package; each key that stands here wins."
    )
    drop: str = Field(description="Folder that files are handed over in, from the workspace's root.")
    format: Literal["csv", "jsonl", "parquet"] = "csv"
    columns: dict[str, str] | None = Field(default=None, description="Vendor's name -> our column; null: all of ours.")
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quoting: Literal["necessary", "always"] = "necessary"
    encoding: str = "utf-8"
    newline: Literal["lf", "crlf"] = "lf"
    null: str = ""
    case: Literal["as_written", "lower", "upper"] = Field(
        default="as_written", description="Letters of the columns' names."
    )
    dates: str = Field(
        default=DATES, description="How instants, all in UTC, are written: a pattern such as `%d.%m.%Y %H:%M`."
    )
    hashed: tuple[str, ...] = Field(
        default=(), description="Vendor's names of columns: SHA-256 of each trimmed value in small letters, in hex."
    )
    max_rows: int | None = Field(default=None, ge=1)
    name: str = Field(default="{run_id}_{channel}_{part:03d}.{format}", description="Name pattern.")
    read_by_people: bool = False
    region: str | None = Field(default=None, description="Where the vendor keeps it; null: the workspace's region.")
    recall_minutes: int = Field(
        default=0,
        ge=0,
        description="Minutes before a message may first be sent from which the vendor takes it back no more.",
    )
    acknowledges: Acknowledgement = Acknowledgement()
    encrypt: Encryption | None = Field(default=None, description="Its files are encrypted with age; null: in clear.")

    @model_validator(mode="before")
    @classmethod
    def _has_the_vendors_shape(cls, said: object) -> object:
        if not isinstance(said, dict) or not isinstance(said.get("preset"), str):
            return said
        channel = str(said.get("channel"))
        try:
            return {**preset(said["preset"], channel), **said}
        except KeyError:
            there = ", ".join(known(channel)) or "none"
            raise ValueError(f"unknown preset {said['preset']!r} for {channel}; presets: {there}") from None
