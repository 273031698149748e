"""A bank of one offer on four channels, in two languages."""

from pathlib import Path

import polars as pl
import pytest

from persona.messages.wording import wordings
from persona.policy.policy import Policy

KEY = b"k" * 32

FILES = {
    "persona.yaml": """
        persona: 1
        name: Tiny Bank
        currency: EUR
        country: DE
        zone: Europe/Berlin
        languages: [en, de]
        products: [deposit]
        sender:
          name: Tiny Bank
          from_email: hello@tiny.example
          reply_to: service@tiny.example
          postal_address: Tiny Bank AG, Platz 1, 10115 Berlin
          sms_sender: TinyBank
          privacy_url: https://tiny.example/privacy
          unsubscribe_url: https://tiny.example/u
          links: [tiny.example]
        """,
    "rules/offers/catalog.yaml": """
        issues: {grow: {}}
        groups: {savings: {issue: grow}}
        """,
    "rules/offers/stay.yaml": """
        offer: stay
        group: savings
        name: {en: Stay deposit, de: Bleibegeld}
        owner: Ida
        author: Ann
        valid: {from: 2026-01-01, until: 2026-10-01}
        propensity: {prior: 0.1}
        worth: "1000"
        terms: {rate: 0.0265, bonus_minor: 15000, link: "https://tiny.example/stay"}
        facts: {balance_minor: balance_deposit_minor}
        reason: {en: Your deposit ends soon., de: Ihr Festgeld endet bald.}
        treatments:
          - {id: email, channel: email, template: stay, cost_minor: 1}
          - {id: sms, channel: sms, template: stay, cost_minor: 5}
          - {id: push, channel: push, template: stay, cost_minor: 0}
        """,
    "templates/blocks/guarantee.yaml": """
        block: guarantee
        kind: disclosure
        author: Ann
        locales:
          en: {text: Deposits are covered by law up to 100000., html: <p>Deposits are covered by law up to 100000.</p>}
          de: {text: Einlagen sind gesetzlich gedeckt., html: <p>Einlagen sind gesetzlich gedeckt.</p>}
        """,
    "templates/email/stay.yaml": """
        template: stay
        channel: email
        author: Ann
        slots:
          balance_minor: {type: money}
          rate: {type: rate}
          bonus_minor: {type: money}
        locales:
          en:
            subject: "{{ first_name }}, {{ rate }} a year"
            html: |
              <p>Dear {{ first_name }} {{ last_name }},</p>
              {% if balance_minor > 100000 %}
              <p>{{ balance_minor }} end soon:
              stay until {{ valid_until | day_long }} for {{ bonus_minor | money_short }}.</p>
              {% endif %}
              <p>{{ reason }} {{ sender_name }}, {{ sender_postal_address }}</p>
              {% include 'guarantee' %}
              <a href="{{ unsubscribe_url }}">Unsubscribe</a>
            text: |
              Dear {{ first_name }} {{ last_name }},
              {% if balance_minor > 100000 %}
              {{ balance_minor }} end soon: stay until {{ valid_until | day_long }} for {{ bonus_minor | money_short }}.
              {% endif %}
              {{ reason }} {{ sender_name }}, {{ sender_postal_address }}
              {% include 'guarantee' %}
              Unsubscribe: {{ unsubscribe_url }}
          de:
            subject: "{{ first_name }}, {{ rate }} im Jahr"
            html: |
              <p>{{ first_name }} {{ last_name }}: {{ balance_minor }}. {{ reason }}</p>
              <p>{{ sender_name }}, {{ sender_postal_address }}</p>
              {% include 'guarantee' %}
              <a href="{{ unsubscribe_url }}">Abmelden</a>
            text: |
              {{ first_name }} {{ last_name }}: {{ balance_minor }}. {{ reason }}
              {{ sender_name }}, {{ sender_postal_address }}
              {% include 'guarantee' %}
              Abmelden: {{ unsubscribe_url }}
        """,
    "templates/sms/stay.yaml": """
        template: stay
        channel: sms
        author: Ann
        slots: {balance_minor: {type: money}}
        locales:
          en:
            body: |-
              Tiny Bank: {{ first_name }}, {{ balance_minor }} end soon. STOP to end.
              {% include 'guarantee' %}
          de:
            body: |-
              Tiny Bank: {{ first_name }}, {{ balance_minor }} enden bald. STOP beendet.
              {% include 'guarantee' %}
        """,
    "templates/push/stay.yaml": """
        template: stay
        channel: push
        author: Ann
        slots: {link: {type: url}}
        locales:
          en: {title: "{{ first_name }}, stay", body: "{% include 'guarantee' %}", link: "{{ link }}"}
        """,
}


def _dedented(text: str) -> str:
    return "\n".join(line.removeprefix("        ") for line in text.split("\n")).lstrip("\n")


@pytest.fixture(scope="session")
def bank(tmp_path_factory) -> Policy:
    root: Path = tmp_path_factory.mktemp("bank")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_dedented(text), encoding="utf-8")
    return Policy.load(root)


@pytest.fixture(scope="session")
def worded(bank):
    return wordings(bank.templates.values(), bank.blocks, languages=bank.workspace.languages)


@pytest.fixture
def decided():
    """Decisions, profile and people for customers of the given names, one message each on a channel."""

    def made(names, channel="email", languages=None, balances=None):
        numbers = range(1, len(names) + 1)
        ids = [f"K{number}" for number in numbers]
        decisions = pl.DataFrame(
            {
                "customer_no": numbers,
                "customer_id": ids,
                "message_id": [f"{number:032x}" for number in numbers],
                "run_id": "2026-07-01-abc",
                "offer_id": "stay",
                "treatment_id": channel,
                "channel": channel,
                "is_ghost": False,
            }
        )
        profile = pl.DataFrame(
            {
                "customer_no": numbers,
                "language": languages or ["en"] * len(ids),
                "balance_deposit_minor": balances or [123_450] * len(ids),
            },
            schema_overrides={"balance_deposit_minor": pl.Int64},
        )
        people = pl.DataFrame(
            {
                "customer_id": ids,
                "first_name": names,
                "last_name": "Moe",
                "email": [f"k{number}@example.org" for number in numbers],
                "phone": "+4917139200420",
                "push_token": "token",
            },
            schema_overrides={"first_name": pl.String},
        )
        return {"decisions": decisions, "profile": profile, "people": people}

    return made
