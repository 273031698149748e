"""Proofs: invented people through every treatment and variant, so that texts are seen before there is anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from persona.checks import checked
from persona.checks.sampling import STRATUM, Plan, Stratum
from persona.clock import AsOf
from persona.errors import PolicyError, WriteError
from persona.messages import Wording, composed
from persona.messages.columns import ADDRESS
from persona.messages.draft import PROOF, watermarked
from persona.messages.recipe import drawn, recipes
from persona.messages.recipients import reads
from persona.messages.wording import nearest
from persona.policy.catalog import Offer, Treatment
from persona.policy.personas import Persona, Personas
from persona.policy.policy import Policy
from persona.runs.approving import day_of
from persona.runs.deciding import worded
from persona.runs.gallery import PAGE, Card, Gallery, checks_on
from persona.runs.sampling import hash_of
from persona.runs.sent import SAID
from persona.runs.workspace import loaded_policy
from persona.store.durable import write_file
from persona.tables.contract import PolarsType

__all__ = ["FOLDER", "INVENTED", "PROOF", "Asked", "invented", "people_of", "proofs", "written"]

INVENTED = "seed-"
"""How the ids of their messages begin: no hash does."""
FOLDER = "proofs"
"""Under ``out/``; it is no set of files, so that nothing of it is ever handed over."""
_FILE = "rules/personas.yaml"
_SHOWN = (*SAID, *(column.name for column in ADDRESS if column.name not in SAID), "segments", "encoding", "reasons")
_TRIES = 64
"""Ids that are tried for each variant: the rarest of 64 is drawn by one in so many."""
_NO_KEY = bytes(32)
"""What signs the ways out of proofs: the key of nobody, so that they lead nowhere."""


def proofs(root: Path, names: Sequence[str], *, on: str | None) -> Gallery:
    """The messages of all invented people, of some offers or all, each as on a day; today where none is given.

    Raises: PolicyError where there are no such offers or people, or a person's value is of another type.
    """
    policy = loaded_policy(root)
    people = people_of(policy)
    offers = {offer.offer: offer for offer in policy.offers}
    for name in names:
        if name not in offers:
            raise PolicyError.unknown("offer", name, offers, where="persona proof")
    chosen = [offers[name] for name in dict.fromkeys(names)] or list(policy.offers)
    day = day_of(policy, on)
    asked, messages = invented(policy, people, chosen, day=day, run_id=FOLDER, key=_NO_KEY)
    made = watermarked(messages, PROOF)
    at = AsOf.at_start_of(day, policy.workspace.zone)
    cards = _cards(made, asked, {one.persona: one for one in people.personas})
    return Gallery(
        run_id=FOLDER,
        as_of=str(at),
        bank=policy.workspace.name,
        sender=policy.workspace.sender.name,
        hosts=policy.workspace.sender.links,
        currency=policy.workspace.currency,
        sample="",
        strata=tuple(dict.fromkeys(one.stratum for one in cards)),
        cards=cards,
        checks=checks_on(policy, at),
        is_waiting=False,
    )


def people_of(policy: Policy) -> Personas:
    """The invented people.

    Raises: PolicyError where the bank has none.
    """
    people = policy.only(Personas)
    if people is None:
        raise PolicyError("is not there", where=_FILE, hint="`persona init` brings one: write down whom to render for.")
    return people


def invented(
    policy: Policy, people: Personas, offers: Sequence[Offer], *, day: date, run_id: str, key: bytes
) -> tuple[dict[str, Asked], pl.DataFrame]:
    """The checked messages of invented people, one each for every treatment, variant and price, and what each is of.

    Raises: PolicyError where a person's value is of another type than his profile has it.
    """
    asked = {one.message_id: one for one in _asked(policy, people, offers, day, run_id)}
    profile = pl.concat([_profile(policy, people, number, one, day) for number, one in enumerate(people.personas)])
    decisions = [one.decision(run_id) for one in asked.values()]
    messages = composed(
        pl.DataFrame(decisions, schema_overrides={"price_point": pl.String}),
        profile=profile,
        people=pl.DataFrame([{"customer_id": one.persona, **one.people} for one in people.personas]),
        policy=policy,
        wordings=worded(policy),
        key=key,
        day=day,
    ).messages
    return asked, checked(messages, policy=policy, day=day)


@dataclass(frozen=True, slots=True)
class Asked:
    """One message that is asked for."""

    message_id: str
    persona: str
    customer_no: int
    offer: Offer
    treatment: Treatment
    point: str | None
    """Of the offer's price ladder; None where it has one price."""

    def decision(self, run_id: str) -> dict[str, Any]:
        """As if it had been decided."""
        return {
            "customer_no": self.customer_no,
            "customer_id": self.persona,
            "message_id": self.message_id,
            "run_id": run_id,
            "offer_id": self.offer.offer,
            "treatment_id": self.treatment.id,
            "channel": self.treatment.channel,
            "price_point": self.point,
        }


def _asked(policy: Policy, people: Personas, offers: Sequence[Offer], day: date, run_id: str) -> Iterator[Asked]:
    """Each person, treatment, variant and price once."""
    texts = worded(policy)
    first = policy.workspace.languages[0]
    for number, one in enumerate(people.personas):
        language = one.language if one.language in policy.workspace.languages else first
        for offer in offers:
            for treatment in offer.treatments:
                wording = texts[treatment.channel, treatment.template, language]
                for point in _points(offer):
                    base = f"{INVENTED}{run_id}-{one.persona}-{offer.offer}-{treatment.id}-{point or ''}"
                    for name in _ids(offer, treatment, wording, policy, base, day):
                        yield Asked(name, one.persona, number, offer, treatment, point)


def _points(offer: Offer) -> tuple[str | None, ...]:
    return tuple(point.id for point in offer.price.points) if offer.price else (None,)


def _ids(offer: Offer, treatment: Treatment, wording: Wording, policy: Policy, base: str, day: date) -> Iterator[str]:
    """An id for each variant, by which just that one is drawn."""
    made = recipes(offer, wording, policy, day=day)
    rows = pl.DataFrame({"message_id": [f"{base}-{number}" for number in range(_TRIES * len(made))]})
    for _, own in drawn(rows, made, salt=f"variant|{offer.offer}|{treatment.id}"):
        yield own["message_id"][0]


def _profile(policy: Policy, people: Personas, number: int, one: Persona, day: date) -> pl.DataFrame:
    """The profile of a person, as far as messages are made from it; what he does not say is an example of its type."""
    types = {column.name: column.dtype for column in policy.profile.columns}
    wanted = sorted(reads(policy) & set(types))
    for name in one.profile:
        if name not in types:
            place = people.place_of("personas", number, "profile", name)
            raise PolicyError.unknown("column", name, types, where=str(place))
    given: dict[str, Any] = dict.fromkeys(wanted) if one.is_unknown else {n: _example(n, types[n], day) for n in wanted}
    given |= {name: value for name, value in one.profile.items() if name in wanted}
    given |= {"customer_no": number, "language": one.language, "zone": policy.workspace.zone}
    series = [_series(people, number, name, given[name], types[name]) for name in sorted(given)]
    return pl.DataFrame(series)


def _series(people: Personas, number: int, name: str, value: object, dtype: PolarsType) -> pl.Series:
    plain = float(value) if isinstance(value, Decimal) else value
    try:
        return pl.Series(name, [plain], dtype=dtype)
    except (TypeError, pl.exceptions.PolarsError):
        place = people.place_of("personas", number, "profile", name)
        raise PolicyError(f"{name!r} is {dtype}", where=str(place)) from None


def _example(name: str, dtype: PolarsType, day: date) -> object:
    """A value of a column's type that reads well in a message; a text stays unknown."""
    if dtype == pl.Date:
        return day + timedelta(days=20)
    if dtype == pl.Boolean:
        return True
    if dtype == pl.String:
        return None
    return 123_450 if name.endswith("_minor") else 12


def _cards(messages: pl.DataFrame, asked: Mapping[str, Asked], people: Mapping[str, Persona]) -> tuple[Card, ...]:
    found = []
    for row in messages.iter_rows(named=True):
        offer = asked[row["message_id"]].offer
        spoken = nearest(offer.reason, row["locale"])
        said = {name: row[name] for name in _SHOWN if row.get(name) is not None}
        named = {name: row[name] for name in (*STRATUM, "risk_class")}
        stratum = Stratum(**named, mode="automatic", plan=Plan(0, 0, 0, 0.0, 0.0))
        one = people[row["customer_id"]]
        why = f"{one.persona}: {one.about}" + (f" {offer.reason[spoken]}" if spoken else "")
        point = asked[row["message_id"]].point
        factors = {"price_point": point} if point else {}
        digest = hash_of(row["message_id"])
        found.append(Card(row["message_id"], digest, stratum, "", said, why, factors, tuple(row["failed"])))
    order = [one.stratum.name for one in found]
    return tuple(card for _, _, card in sorted(zip(order, range(len(found)), found, strict=True)))


def written(root: Path, text: str) -> Path:
    """The page of proofs.

    Raises: WriteError.
    """
    path = root.resolve() / "out" / FOLDER / PAGE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, text.encode())
    except OSError as error:
        raise WriteError(error.strerror or "cannot be written", where=str(path)) from error
    return path
