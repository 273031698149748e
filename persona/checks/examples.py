"""What a compliance rule says of messages that are made up: its own examples are judged as real messages are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import escape

import polars as pl

from persona.checks.checked import judged
from persona.checks.given import Given
from persona.checks.rules import checks_of
from persona.policy.catalog import Catalog, Group, Issue, Offer
from persona.policy.content import Block, Texts
from persona.policy.policy import Policy
from persona.policy.rules import ComplianceRule, Example
from persona.policy.workspace import Sender

__all__ = ["lets_pass"]

SENDER = Sender(
    name="Example Bank",
    from_email="hello@bank.example.com",
    reply_to="hello@bank.example.com",
    postal_address="1 Example Street",
    privacy_url="https://bank.example.com/privacy",
    unsubscribe_url="https://bank.example.com/u",
)
"""Who speaks in examples: what they show of the sender is his."""
OF_MESSAGE = ("text", "blocks", "channel")
"""Keys of an example that are no terms of the offer."""
TEXTS = ("subject", "preheader", "title")


def lets_pass(rule: ComplianceRule, examples: Sequence[Example], policy: Policy) -> list[bool]:
    """Whether the rule lets the message of each example pass, in their order.

    A message says the example's ``text`` and its ``blocks``, in the first language of the workspace that they have; a
    block that the workspace lacks says its own name. All other keys are terms of the offer that it is about.
    """
    group = rule.groups[0] if rule.groups else "example"
    named = {name for one in examples for name in str(one.given.get("blocks") or "").split()}
    blocks = {**{name: _stand_in(name, policy) for name in named}, **policy.blocks}
    given = replace(
        Given.of(policy, day=rule.effective_from),
        sender=SENDER,
        rules=(rule,),
        offers=tuple(_offer(f"example_{number}", one, group) for number, one in enumerate(examples)),
        blocks=blocks,
        catalog=Catalog(
            issues={"example": Issue()}, groups={group: Group(issue="example", regulated_as=rule.products)}
        ),
    )
    rows = [_message(f"example_{number}", one, rule, group, given, policy) for number, one in enumerate(examples)]
    kinds: dict[str, pl.DataType | type[pl.DataType]] = {
        **dict.fromkeys(TEXTS, pl.String),
        "placed": pl.List(pl.String),
    }
    frame = pl.DataFrame(rows, schema_overrides=kinds)
    frame = frame.with_columns(failed=pl.lit([], dtype=pl.List(pl.String)))
    return [not failed for failed in judged(frame, given, checks_of((rule,), given))["failed"].to_list()]


def _offer(name: str, example: Example, group: str) -> Offer:
    said = {
        "offer": name,
        "group": group,
        "name": {},
        "owner": "persona",
        "author": "persona",
        "valid": {"from": date.min, "until": date.max},
        "propensity": {"prior": Decimal("0.5")},
        "worth": "0",
        "terms": {key: value for key, value in example.given.items() if key not in OF_MESSAGE and value is not None},
        "treatments": [{"id": "example", "channel": "email", "template": "example", "cost_minor": 0}],
    }
    return Offer.model_validate(said)


def _stand_in(name: str, policy: Policy) -> Block:
    texts = Texts(html=f"[{name}]", text=f"[{name}]", body=f"[{name}]")
    languages = policy.workspace.languages
    return Block(block=name, kind="disclosure", author="persona", locales=dict.fromkeys(languages, texts))


def _message(
    offer: str, example: Example, rule: ComplianceRule, group: str, given: Given, policy: Policy
) -> Mapping[str, object]:
    names = str(example.given.get("blocks") or "").split()
    language = policy.workspace.languages[0]
    blocks = [given.blocks[name].locales[language] for name in names]
    text = str(example.given.get("text") or "")
    return {
        **dict.fromkeys(TEXTS),
        "channel": example.given.get("channel") or (rule.channels or policy.workspace.channels)[0],
        "class": rule.classes[0],
        "locale": language,
        "group_id": group,
        "offer_id": offer,
        "template": "example",
        "placed": [f"{rule.placement}:{name}" for name in names],
        "unsubscribe_url": SENDER.unsubscribe_url,
        "html": " ".join([escape(text), *(block.html or escape(block.text or block.body or "") for block in blocks)]),
        "text": " ".join([text, *(block.text or block.body or "" for block in blocks)]),
        "body": " ".join([text, *(block.body or block.text or "" for block in blocks)]),
    }
