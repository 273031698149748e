"""Checked messages and a workspace, small enough to read in a file."""

from datetime import date, datetime

import polars as pl
import pytest

from persona.clock import AsOf
from persona.messages.columns import MESSAGES
from persona.policy.workspace import Workspace

ADDRESS = {
    "addressee": "Ann Ax",
    "address": "Weg 1",
    "postcode": "04999",
    "city": "Leipzig",
    "country": "DE",
    "paper_id": "window_a4",
    "enclosures": "form;map",
}


@pytest.fixture
def workspace():
    sender = {
        "name": "Tiny Bank",
        "from_email": "hello@tiny.example",
        "reply_to": "service@tiny.example",
        "postal_address": "Platz 1, Berlin",
        "sms_sender": "TinyBank",
        "privacy_url": "https://tiny.example/privacy",
        "unsubscribe_url": "https://tiny.example/u",
    }
    said = {"persona": 1, "name": "Tiny", "currency": "EUR", "country": "DE", "zone": "Europe/Berlin"}
    return Workspace.model_validate({**said, "languages": ["en"], "channels": ["email", "sms"], "sender": sender})


@pytest.fixture
def as_of():
    return AsOf.at_start_of(date(2026, 7, 1), "Europe/Berlin")


@pytest.fixture
def messages():
    """Messages with these bodies, as the checks leave them; a body of None is withheld."""

    def made(*bodies, channel="sms"):
        rows = [_row(number, body, channel) for number, body in enumerate(bodies, start=1)]
        return pl.DataFrame(rows, schema={**MESSAGES.schema, "check_id": pl.String})

    return made


def _row(number, body, channel):
    shown = {"title": body, "body": body, "link": "https://tiny.example/stay"}
    texts = {
        "sms": {"body": body},
        "email": {"subject": body, "html": body, "text": body},
        "push": shown,
        "inapp": shown,
        "letter": {"subject": body, "text": body, **ADDRESS},
        "atm": shown,
        "call": {**shown, "addressee": "Ann Ax"},
        "advisor": {**shown, "addressee": "Ann Ax", "agent_id": "branch-7"},
    }
    return {
        **dict.fromkeys(MESSAGES.schema),
        "customer_no": number,
        "customer_id": f"K{number}",
        "channel": channel,
        "group_id": "savings",
        "risk_class": "low",
        "template": "stay",
        "message_id": f"m{number}",
        "run_id": "2026-07-01-abc",
        "customer_token": f"t{number}",
        "campaign_id": "stay",
        "offer_id": "stay",
        "offer_version": "v",
        "treatment_id": channel,
        "template_hash": "h",
        "locale": "en",
        "zone": "Europe/Berlin",
        "not_before_utc": datetime(2026, 7, 1, 6),  # noqa: DTZ001 - UTC, naive
        "expires_at_utc": datetime(2026, 9, 30, 22),  # noqa: DTZ001 - UTC, naive
        "priority": 1,
        "wave": 1,
        "class": "marketing",
        "tracking_code": f"c{number}",
        "email": "ann@example.org",
        "phone": "+4917139200420",
        "push_token": f"token{number}",
        **texts[channel],
        "encoding": "GSM-7",
        "segments": 1,
        "reasons": ["Your deposit ends soon.", "has a deposit that ends soon"],
        "unsubscribe_url": "https://tiny.example/u?t=x",
        "slots": "{}",
        "failed": [] if body is not None else ["blank"],
        "check_id": None if body is not None else "blank",
    }
