"""Rule files as a test writes them: the catalogue, its offers, and the reader of their expressions."""

from __future__ import annotations

import json
from datetime import date, datetime

import polars as pl
import pytest

from persona.clock import AsOf
from persona.policy.actions import actions
from persona.policy.catalog import Catalog, Offer
from persona.policy.conditions import checked
from persona.policy.places import Place
from persona.policy.reading import model_of
from persona.policy.rules import Compliance, ContactPolicy
from persona.policy.text import parse

PROFILE = {
    "customer_no": pl.Int64,
    "age_years": pl.Int64,
    "income": pl.Int64,
    "is_vulnerable": pl.Boolean,
    "zone": pl.String,
    "country": pl.String,
    "region": pl.String,
    "has_email": pl.Boolean,
    "has_phone": pl.Boolean,
    "has_push": pl.Boolean,
}
OFFER = {
    "offer": "gold",
    "group": "cards",
    "name": {"en": "Gold"},
    "owner": "cards",
    "author": "ann",
    "valid": {"from": "2026-01-01", "until": "2026-12-31"},
    "propensity": {"prior": 0.1},
    "worth": "1000",
    "treatments": [{"id": "mail", "channel": "email", "template": "gold", "cost_minor": 0}],
}
CATALOG = {"issues": {"grow": {}}, "groups": {"cards": {"issue": "grow"}, "savings": {"issue": "grow"}}}


def _written(said, model, file):
    return model_of(parse(json.dumps(said), file=file), model)


def _read(model, *path):
    text = model.document.data
    for key in path:
        text = text[key]
    wants = "value" if path[0] == "worth" else "condition"
    return checked(str(text), columns=PROFILE, place=Place(model.file), wants=wants)


@pytest.fixture
def read():
    return _read


@pytest.fixture
def as_of():
    return AsOf.at_start_of(date(2026, 7, 1), "Europe/Berlin")


@pytest.fixture
def catalog():
    def written(**changes):
        return _written({**CATALOG, **changes}, Catalog, "rules/offers/catalog.yaml")

    return written


@pytest.fixture
def offer():
    def written(name="gold", **changes):
        return _written({**OFFER, "offer": name, **changes}, Offer, f"rules/offers/{name}.yaml")

    return written


@pytest.fixture
def rules():
    def written(*said):
        return _written({"rules": said}, Compliance, "rules/compliance/bank.yaml")

    return written


@pytest.fixture
def contact_policy():
    def written(**said):
        return _written(said, ContactPolicy, "rules/contact.yaml")

    return written


@pytest.fixture
def columns(catalog):
    def written(*offers):
        return actions(offers, catalog(), zone="Europe/Berlin")

    return written


@pytest.fixture
def profile():
    def written(*rows):
        """Each row with what a test does not say: an adult who can be reached everywhere in Berlin."""
        usual = {"age_years": 40, "income": 3_000, "is_vulnerable": False, "zone": "Europe/Berlin", "country": "DE"}
        reach = {"has_email": True, "has_phone": True, "has_push": True}
        full = [{**usual, **reach, "customer_no": n, **row} for n, row in enumerate(rows, start=1)]
        return pl.DataFrame(full, schema=PROFILE)

    return written


CONTACT = {
    "customer_no": pl.Int64,
    "household_key": pl.String,
    "offer_id": pl.String,
    "group_id": pl.String,
    "campaign_id": pl.String,
    "channel": pl.String,
    "class": pl.String,
    "occasion": pl.String,
    "status": pl.String,
    "at": pl.Datetime("us"),
    "run_id": pl.String,
    "message_id": pl.String,
}
OUTCOME = {
    "customer_no": pl.Int64,
    "offer_id": pl.String,
    "group_id": pl.String,
    "channel": pl.String,
    "outcome": pl.String,
    "at": pl.Datetime("us"),
    "message_id": pl.String,
    "arm": pl.String,
}


@pytest.fixture
def contacts():
    def written(*rows):
        usual = {
            "customer_no": 1,
            "household_key": "customer:K1",
            "offer_id": "gold",
            "group_id": "cards",
            "campaign_id": "gold",
            "channel": "email",
            "class": "marketing",
            "status": "sent",
            "run_id": "a run before",
        }
        full = []
        for row in rows:
            at = datetime.fromisoformat(row["at"])
            keys = {"occasion": at.date().isoformat(), "message_id": f"{row.get('customer_no', 1)} {row['at']}"}
            full.append({**usual, **keys, **row, "at": at})
        return pl.DataFrame(full, schema=CONTACT)

    return written


@pytest.fixture
def outcomes():
    def written(*rows):
        usual = {"customer_no": 1, "offer_id": "gold", "channel": "email", "outcome": "sent"}
        return pl.DataFrame([{**usual, **row, "at": datetime.fromisoformat(row["at"])} for row in rows], schema=OUTCOME)

    return written
