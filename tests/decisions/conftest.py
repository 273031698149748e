"""A night of decisions over inline customers: the stages offers and decisions, strung together as a run does."""

from __future__ import annotations

import json
from datetime import datetime

import polars as pl
import pytest

from persona.clock import AsOf
from persona.decisions.allocation import allocated
from persona.decisions.decide import Considered, Plan, considered, decide, planned
from persona.decisions.history import used_before
from persona.decisions.holdout import memberships
from persona.decisions.layers import layered
from persona.decisions.ledger import OCCASIONS
from persona.decisions.prices import CURVES
from persona.decisions.terms import Terms
from persona.decisions.weighing import with_waves
from persona.offers import (
    Batch,
    Refusals,
    asked,
    contact_history,
    distinct_conditions,
    open_waves,
    verdicts,
    waiting,
)
from persona.policy.actions import actions, are_prices_apart
from persona.policy.catalog import Catalog, Offer
from persona.policy.conditions import checked
from persona.policy.constraints import Constraints
from persona.policy.contact import Contact
from persona.policy.places import Place
from persona.policy.prices import COLUMN
from persona.policy.reading import model_of
from persona.policy.rules import Compliance, ContactPolicy, Experiments
from persona.policy.text import parse
from persona.tables.decisions import OF_ACTIONS, OF_CUSTOMERS, OF_PAIRS

CHANNELS = ("email", "inapp", "push", "sms")
PROFILE = {
    "customer_no": pl.Int64,
    "age_years": pl.Int64,
    "income_minor": pl.Int64,
    "is_vulnerable": pl.Boolean,
    "zone": pl.String,
    "country": pl.String,
    "region": pl.String,
    "best_hour": pl.Int64,
    "has_email": pl.Boolean,
    "has_phone": pl.Boolean,
    "has_push": pl.Boolean,
}
USUAL = {
    "age_years": 40,
    "income_minor": 300_000,
    "is_vulnerable": False,
    "zone": "Europe/Berlin",
    "country": "DE",
    "has_email": True,
    "has_phone": True,
    "has_push": True,
}
CATALOG = {"issues": {"grow": {}}, "groups": {"cards": {"issue": "grow"}, "service": {"issue": "grow"}}}
CONTACT = dict.fromkeys(
    ("offer_id", "group_id", "campaign_id", "channel", "class", "occasion", "status", "message_id"), pl.String
) | {"customer_no": pl.Int64, "at": pl.Datetime("us")}
OUTCOME = dict.fromkeys(("offer_id", "group_id", "channel", "outcome", "message_id", "arm"), pl.String) | {
    "customer_no": pl.Int64,
    "at": pl.Datetime("us"),
}
ARMS = {"unit": pl.String, "experiment": pl.String, "arm": pl.String}


BY_CUSTOMER = ("decisions", "candidates", "verdicts", "contacts")


class Night:
    """Given rules and customers as plain mappings; ``plan()`` is what the night decides."""

    def __init__(self, given):
        self.as_of = AsOf.parsed(str(given.get("as_of", "2026-07-01")), "Europe/Berlin")
        self.catalog = _model({**CATALOG, **given.get("catalog", {})}, Catalog, "catalog.yaml")
        self.offers = [_offer(said) for said in given["offers"]]
        self.compliance = [_model({"rules": given.get("compliance", [])}, Compliance, "compliance.yaml")]
        said = _model(given.get("contact", {}), ContactPolicy, "contact.yaml")
        self.policy, self.rollouts = Contact.of(said, (), day=self.as_of.day), said.rollouts
        experiments = {"holdouts": given.get("holdouts", []), "layers": given.get("layers", [])}
        experiments = _model(experiments, Experiments, "experiments.yaml")
        self.holdouts, self.layers = experiments.holdouts, experiments.layers
        self.unapproved = given.get("unapproved", [])
        said = given.get("constraints", {})
        self.constraints = _model(said if isinstance(said, dict) else {"constraints": said}, Constraints, "rows.yaml")
        apart = are_prices_apart(self.constraints, _read)
        self.actions = actions(self.offers, self.catalog, zone="Europe/Berlin", by_price=apart, slots=self.policy.slots)
        self.curves = pl.DataFrame(given.get("curves", []), schema=CURVES, orient="row")
        self.customers = [{"no": no, "id": f"K{no}", **said} for no, said in enumerate(given["customers"], start=1)]
        self.given, self.read = given, _read

    def plan(self) -> Plan:
        """The plan with the whole book as one batch."""
        book, profile, p = self.batch(self.customers)
        said = {"as_of": self.as_of, "holdouts": self.holdouts, "before": self.before(self.customers)}
        said |= {"limits": self.policy.limits, "constraints": self.constraints, "curves": self.curves}
        said |= {"layers": self.layers, "odds": self._odds()}
        return decide(book, profile, p, self.actions, run_id="night", read=_read, **said)

    def opened(self):
        """How many waves of each rollout are open."""
        ledger, outcomes = self._contacts(self.customers), self._outcomes(self.customers)
        history = contact_history(ledger, outcomes, actions=self.actions, as_of=self.as_of)
        return open_waves(self.rollouts, history, outcomes, as_of=self.as_of)

    def before(self, customers):
        """What contacts of the past add to constraints that look back."""
        ledger, outcomes = self._contacts(customers), self._outcomes(customers)
        history = contact_history(ledger, outcomes, actions=self.actions, as_of=self.as_of)
        return used_before(history, self.actions, self.constraints, read=_read, day=self.as_of.day)

    def plan_in_batches(self, *batches) -> Plan:
        """The plan with the customers in several batches of whole households."""
        said = {"as_of": self.as_of, "holdouts": self.holdouts}
        told = {"curves": self.curves, "layers": self.layers}
        pieces = [self.batch(batch) for batch in batches]
        terms = Terms.of(self.constraints, self.actions, _read)
        known = [
            considered(b, profile, p, self.actions, read=_read, terms=terms, **said, **told) for b, profile, p in pieces
        ]
        names = ("proposals", "customers", "beyond")
        proposals, units, beyond = (pl.concat([getattr(one, name) for one in known]) for name in names)
        room = pl.concat([book.room for book, _, _ in pieces])
        whole = allocated(proposals, self.actions, units=units, room=room, limits=self.policy.limits, terms=terms,
                          before=self.before(self.customers), beyond=beyond)  # fmt: skip
        plans = [planned(book, whole, self.actions, run_id="night", **said) for book, _, _ in pieces]
        frames = {name: pl.concat([getattr(p, name) for p in plans]) for name in BY_CUSTOMER}
        made = {name: frame.sort("customer_no", maintain_order=True) for name, frame in frames.items()}
        return Plan(**made, constraints=whole.constraints, plans=whole.plans, prices=whole.prices)

    def batch(self, customers):
        arms = pl.DataFrame(self.given.get("arms", []), schema=ARMS)
        members = layered(memberships(_units(customers), self.holdouts, arms), self.layers, arms, day=self.as_of.day)
        units = with_waves(members, self.constraints.waves)
        profile = pl.DataFrame(
            [{**USUAL, **said.get("profile", {}), "customer_no": said["no"]} for said in customers], schema=PROFILE
        )
        p = pl.DataFrame(
            [{"customer_no": c["no"], **{f"p_{o.offer}": self._p(c, o) for o in self.offers}} for c in customers],
            schema={"customer_no": pl.Int64} | {f"p_{o.offer}": pl.Float64 for o in self.offers},
        )
        known = Batch(
            profile,
            units,
            _consents(customers),
            _suppressions(customers),
            self._contacts(customers),
            self._outcomes(customers),
            _occasions(customers),
        )
        criteria = distinct_conditions(self.actions, self.catalog, self.compliance, day=self.as_of.day, read=_read)
        answers = asked(known, criteria, self.actions, self.policy, channels=CHANNELS, as_of=self.as_of)
        refusals = Refusals(
            answers,
            criteria,
            self.policy.limits,
            self.policy.cooloffs,
            self.unapproved,
            spared=self.policy.spared,
            waiting=waiting(units, self.rollouts, self.opened()),
        )
        found = verdicts(refusals, self.actions)
        return Considered(units, found, answers.room, answers.windows, answers.occasions), profile, p

    def _odds(self):
        """By which odds customers lean, as ``odds: {by_email: 2}`` says of each."""
        names = sorted({name for one in self.customers for name in one.get("odds", {})})
        rows = [{"customer_no": c["no"], **{f"odds_{n}": c.get("odds", {}).get(n, 1.0) for n in names}}
                for c in self.customers]  # fmt: skip
        return pl.DataFrame(rows, schema={"customer_no": pl.Int64} | {f"odds_{n}": pl.Float64 for n in names})

    def _p(self, customer, offer):
        said = customer.get("p", {}).get(offer.offer, offer.propensity.prior)
        return None if said is None else float(said)

    def _contacts(self, customers):
        usual = {"campaign_id": None, "channel": "email", "class": "marketing", "status": "sent", "group_id": "cards"}
        rows = [
            {**usual, "campaign_id": said["offer_id"], "occasion": str(said["at"])[:10], "message_id": f"{c['no']}-{n}",
             **said, "customer_no": c["no"], "at": datetime.fromisoformat(str(said["at"]))}
            for c in customers for n, said in enumerate(c.get("contacts", []))
        ]  # fmt: skip
        return pl.DataFrame(rows, schema=CONTACT)

    def _outcomes(self, customers):
        rows = [
            {"channel": "email", **said, "customer_no": c["no"], "at": datetime.fromisoformat(str(said["at"]))}
            for c in customers
            for said in c.get("outcomes", [])
        ]
        return pl.DataFrame(rows, schema=OUTCOME)


def _model(said, model, file):
    return model_of(parse(json.dumps(said, default=str), file=file), model)


def _offer(said):
    usual = {
        "group": "cards",
        "name": {"en": said["offer"]},
        "owner": "cards",
        "author": "ann",
        "valid": {"from": "2026-01-01", "until": "2027-01-01"},
        "propensity": {"prior": 0.1},
        "worth": "1000",
    }
    mail = [{"id": "mail", "channel": "email"}]
    treatments = [{"template": "t", "cost_minor": 0, **one} for one in said.get("treatments", mail)]
    numbers = {"propensity": {"prior": float(said["propensity"]["prior"])}} if "propensity" in said else {}
    return _model({**usual, **said, **numbers, "treatments": treatments}, Offer, f"{said['offer']}.yaml")


def _read(model, *path):
    text = model.document.data
    for key in path:
        text = text[key]
    columns = PROFILE if path[0] in ("eligibility", "applicability", "suitability") else PROFILE | {COLUMN: pl.Float64}
    if path[0] == "constraints":
        columns = PROFILE | {column.name: column.dtype for column in (*OF_CUSTOMERS, *OF_ACTIONS, *OF_PAIRS)}
        columns |= {"uses_minutes": pl.Float64}
    wants = "value" if {*path} & {"worth", "expected_loss", "sum", "average", "by"} else "condition"
    return checked(str(text), columns=columns, place=Place(model.file), wants=wants)


def _units(customers):
    rows = [(c["no"], c["id"], c.get("household", f"customer:{c['id']}")) for c in customers]
    schema = {"customer_no": pl.Int64, "customer_id": pl.String, "household_key": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _consents(customers):
    def granted(key):
        rows = [
            {"customer_no": c["no"], **{f"consent_{ch}": ch in c.get(key, CHANNELS) for ch in CHANNELS}}
            for c in customers
            if c.get(key, CHANNELS) is not None
        ]
        return pl.DataFrame(rows, schema={"customer_no": pl.Int64} | {f"consent_{c}": pl.Boolean for c in CHANNELS})

    return {"marketing": granted("consents"), "service": granted("service_consents")}


def _occasions(customers):
    """``occasions: [{offer_id, occasion, expires_utc}]`` of a customer: what a trigger has set off."""
    rows = [
        {**said, "customer_no": c["no"], "expires_utc": datetime.fromisoformat(str(said["expires_utc"]))}
        for c in customers
        for said in c.get("occasions", [])
    ]
    return pl.DataFrame(rows, schema=OCCASIONS)


def _suppressions(customers):
    rows = [(c["no"], said["type"], said.get("channel")) for c in customers for said in c.get("suppressions", [])]
    return pl.DataFrame(rows, schema={"customer_no": pl.Int64, "type": pl.String, "channel": pl.String}, orient="row")


@pytest.fixture(scope="session")
def night():
    return Night
