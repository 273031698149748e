"""``templates/`` and ``approvals.yaml``: what marketing and legal wrote, and who allowed it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from persona.policy.approvers import ContentKind
from persona.policy.model import FileModel, Strict, Word
from persona.policy.workspace import Channel

__all__ = ["Approval", "Approvals", "Block", "Slot", "Template", "Texts"]

SlotType = Literal["text", "integer", "money", "rate", "date", "url", "points"]


class Slot(Strict):
    """A value that a template shows."""

    type: SlotType
    need: Literal["required", "optional"] = "required"
    default: str | None = None


class Texts(Strict):
    """The Jinja texts of one language; a channel uses the ones it has room for."""

    subject: str | None = None
    preheader: str | None = None
    mjml: str | None = Field(default=None, description="An e-mail as MJML, in place of html; a block of MJML.")
    html: str | None = None
    text: str | None = None
    title: str | None = None
    body: str | None = None
    link: str | None = None


class Template(FileModel):
    """``templates/<channel>/*.yaml``: the message of a treatment; ``{% include 'name' %}`` puts a block in."""

    template: Word
    channel: Channel
    author: str
    slots: dict[Word, Slot] = Field(default_factory=dict)
    choices: dict[Word, dict[Word, Annotated[int, Field(ge=1)]]] = Field(
        default_factory=dict,
        description="Name -> blocks of which one is drawn, with their weights: `{% include 'name' %}` puts it in.",
    )
    paper: Word | None = Field(default=None, description="What a letter is printed on, by the printer's word.")
    enclosures: tuple[Word, ...] = Field(default=(), description="What lies beside a letter.")
    locales: dict[str, Texts]


class Block(FileModel):
    """``templates/blocks/*.yaml``: a pre-approved piece: header, body, disclosure, call to action, imagery."""

    block: Word
    kind: Literal["header", "body", "disclosure", "call_to_action", "imagery", "footer"]
    author: str
    slots: dict[Word, Slot] = Field(default_factory=dict)
    locales: dict[str, Texts]


class Approval(Strict):
    """Who allowed which content, by its hash."""

    kind: ContentKind
    id: str
    hash: str = Field(pattern=r"^[0-9a-f]{32}$")
    who: str
    role: str
    scope: tuple[str, ...] = Field(default=(), description="Languages that were looked at; none: all.")
    given_on: date
    expires: date
    signature: str | None = Field(default=None, description="Ed25519 over all of the above, in base64.")


class Approvals(FileModel):
    """``approvals.yaml``: every approval, in the order in which they were given."""

    approvals: tuple[Approval, ...] = ()
