"""The steps of the night: signal, segment, score, decision. To add one, put it where what it reads is made."""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl

from persona import foundation, scores, segments
from persona.runs.deciding import DECISION_TABLES, decided
from persona.runs.fairness import measured, proxies, watched
from persona.runs.following import ANEW, AT_SHOPS, states
from persona.runs.foreseeing import forecast_models, forecasts, pattern_model, patterns
from persona.runs.habits import HABITS
from persona.runs.inclining import inclination_models, inclinations
from persona.runs.leaning import leanings
from persona.runs.lines import bought
from persona.runs.permitting import purposes
from persona.runs.plan import Night, Pieces, Step, batches
from persona.runs.pricing import price_models
from persona.runs.profiling import learned_from, unprofiled
from persona.runs.proposing import propensities, propensity_model
from persona.runs.rehearsing import signal_models
from persona.runs.signalling import book, signals_step
from persona.runs.triggering import triggers
from persona.store import FOLDED
from persona.tables import profile as tables
from persona.tables.wide import wide

__all__ = ["STEPS", "people_of", "profile_of"]


def _customers(night: Night) -> Pieces:
    """Who is there: golden records and holdings, of customers that no extract describes too."""
    workspace, day = night.policy.workspace, night.as_of.day
    for buckets in batches(night):
        people = people_of(night, buckets)
        known = {column.name for column in tables.attributes().columns}
        objecting = foundation.objectors(night.facts("consents", buckets), as_of=night.as_of)
        here = foundation.attributes(
            people,
            as_of=day,
            languages=workspace.languages,
            country=workspace.country,
            objectors=objecting["customer_no"].to_list(),
            extra=[one for one in night.policy.vocabulary.attributes.columns if one.name not in known],
        )
        yield {
            "units": people.select("customer_no", "customer_id").join(foundation.households(people), on="customer_no"),
            "attributes": here,
            "holding_facts": _holdings(night, here, buckets),
        }


def people_of(night: Night, buckets: Sequence[int]) -> pl.DataFrame:
    """The golden record of each customer of some buckets: what survives of all that the extracts say."""
    rules, homes = night.policy.identity, night.store.persons().drop_nulls("household_id")
    systems = list(dict.fromkeys(source.system_name for source in night.policy.sources))
    home = homes.select("household_id", customer_no="person_no").unique("customer_no")
    housed = _described(night, buckets).join(home, on="customer_no", how="left", suffix="_derived")
    rows = housed.with_columns(household_id=pl.coalesce("household_id", "household_id_derived"))
    return foundation.people(
        rows.drop("household_id_derived"),
        as_of=night.as_of.day,
        systems=systems,
        survivorship=rules.survivorship if rules else None,
    )


def _described(night: Night, buckets: Sequence[int]) -> pl.DataFrame:
    """The rows of ``customers``, and an empty one for each customer whom only other tables know."""
    rows = night.facts("customers", buckets)
    here = night.store.crosswalk().filter(pl.col("bucket").is_in(buckets))
    known = here.select("customer_no", "customer_id", "bucket")
    nameless = known.join(rows.drop_nulls("customer_no"), on="customer_no", how="anti").with_columns(
        source_system=pl.lit(""), delivery_no=pl.lit(-1, dtype=pl.Int64), known_on=pl.lit(night.as_of.day)
    )
    return pl.concat([rows, nameless], how="diagonal_relaxed")


def _holdings(night: Night, customers: pl.DataFrame, buckets: Sequence[int]) -> pl.DataFrame:
    facts = foundation.holding_facts(
        night.facts("holdings", buckets), as_of=night.as_of.day, products=night.policy.workspace.products
    )
    return wide(customers.select("customer_no"), facts, contract=night.policy.vocabulary.holdings)


def _permissions(night: Night) -> Pieces:
    """What customers allow, for service as for marketing where no consent speaks of it, and who is not written to."""
    purpose = purposes(night.policy, night.store)
    for buckets in batches(night):
        consents = night.facts("consents", buckets)
        yield {
            "consents_marketing": _consents(night, consents, purpose["marketing"]),
            "consents_service": _consents(night, consents, purpose["service"]),
            "suppressions": foundation.suppressed(night.facts("suppressions", buckets), as_of=night.as_of.day),
        }


def _consents(night: Night, consents: pl.DataFrame, purpose: str) -> pl.DataFrame:
    return foundation.consent_now(
        consents, as_of=night.as_of, purpose=purpose, channels=night.policy.workspace.channels
    )


def _segments(night: Night) -> Pieces:
    """In which phase each customer is, and to which segments he belongs, with the night before beside it."""
    words = night.policy.vocabulary
    conditions = {one.segment: night.policy.checked(one, "when").expr for one in night.policy.segments}
    priorities = {one.segment: one.priority for one in night.policy.segments}
    known_tables = ("attributes", "holding_facts", "signals", "circumstances", "leanings", "patterns")
    contracts = (words.attributes, words.holdings, words.signals, words.circumstances, words.leanings, words.patterns)
    for buckets in batches(night):
        parts = [night.table(name, buckets) for name in known_tables]
        before = night.table_before("segments", buckets)
        units = parts[0].select("customer_no")
        known = wide(units, *parts, contract=tables.profile(*contracts))
        phases = segments.with_before(segments.lifecycle(known, before), before, names=["lifecycle"])
        if before is None:
            phases = phases.with_columns(segment_before=pl.lit(None, dtype=pl.String))
        else:
            past = before.select("customer_no", segment_before="segment")
            phases = phases.join(past, on="customer_no", how="left", maintain_order="left")
        readable = known.join(phases, on="customer_no", how="left", maintain_order="left")
        flags = segments.rule_segments(readable, conditions)
        main = segments.main_segment(flags, priorities)
        made = wide(units, phases, main, flags, contract=words.segments)
        yield {"segments": unprofiled(night, made, buckets)}


def _fit(night: Night) -> Pieces:
    """The affinity model of the night, as a card of plain numbers."""
    sample = learned_from(night)
    rows = bought(night, of=sample)
    occasion = ["customer_no", "booked_on", "hour"]
    model = scores.fit_affinity(
        sample["customer_no"].to_numpy(),
        rows.unique([*occasion, "category"]),
        as_of=night.as_of.day,
        categories=night.policy.vocabulary.categories,
        visits=rows.select(occasion).unique(),
    )
    yield {
        "affinity_model": pl.DataFrame(
            {"card": [json.dumps(scores.card(model, as_of=night.as_of.day), sort_keys=True)]}
        )
    }


def _model(night: Night) -> scores.Affinity:
    return scores.restored(json.loads(night.table("affinity_model").item()))


def _scores(night: Night) -> Pieces:
    """What each customer will probably buy."""
    words, model = night.policy.vocabulary, _model(night)
    for buckets in batches(night):
        units = night.table("units", buckets).select("customer_no")
        kept = night.table("state", buckets, columns=scores.state_columns(model.leaves))
        state = scores.state_of(kept, leaves=model.leaves)
        made = scores.affinity(state, model, as_of=night.as_of.day, categories=words.categories)
        yield {"scores": unprofiled(night, wide(units, made, contract=words.scores), buckets)}


def profile_of(night: Night, buckets: Sequence[int] | None = None) -> pl.DataFrame:
    """All that rules may speak of, side by side; one row a customer, sorted within each batch.

    What an earlier version did not know is null in the tables that it made.
    """
    parts = [night.table(name, buckets) for name in PROFILE_TABLES]
    units = parts[0].select("customer_no")
    known = {name for part in parts for name in part.columns}
    later = {
        one.name: one.dtype for one in night.policy.profile.columns if one.name not in known and not one.is_required
    }
    asked = pl.DataFrame(schema={**night.policy.vocabulary.asked.schema, **later})
    unknown = units.join(asked, on="customer_no", how="left")
    return wide(units, *parts, unknown, contract=night.policy.profile)


def _triggers(night: Night) -> Pieces:
    return triggers(night, PROFILE_TABLES[:-1])


def _price_models(night: Night) -> Pieces:
    return price_models(night, profile_of)


def _decisions(night: Night) -> Pieces:
    return decided(night, profile_of)


def _watched(night: Night) -> Pieces:
    return watched(night, people_of)


def _proxies(night: Night) -> Pieces:
    return proxies(night, profile_of)


def _fairness(night: Night) -> Pieces:
    return measured(night, profile_of)


PROFILE_TABLES = (
    *("attributes", "holding_facts", "signals", "segments", "scores", "circumstances", "leanings", "patterns"),
    *("forecasts", "triggers"),
)
"""The tables that stand side by side in the profile."""

STEPS: tuple[Step, ...] = (
    Step(
        "customers",
        _customers,
        makes=("units", "attributes", "holding_facts"),
        reads=("facts",),
        rules=("source", "identity"),
    ),
    Step(
        "state",
        states,
        makes=("state", "streams", "life", AT_SHOPS, ANEW, FOLDED),
        reads=("facts", "units"),
        rules=("categories", "source"),
    ),
    Step(
        "book",
        book,
        makes=("book",),
        reads=("facts", "attributes", "state", AT_SHOPS),
        rules=("categories", "source"),
    ),
    Step(
        "signal models",
        signal_models,
        makes=("signal_models",),
        reads=("facts", "attributes", "holding_facts", "streams"),
        rules=("categories", "source"),
    ),
    Step(
        "signals",
        signals_step,
        makes=("signals", "circumstances"),
        reads=(
            *("facts", "units", "attributes", "holding_facts", "book", "state", "streams", "life", AT_SHOPS),
            "signal_models",
        ),
        rules=("categories", "source"),
    ),
    Step(
        "leanings",
        leanings,
        makes=("leanings",),
        reads=("facts", "attributes", "units", "signals", "streams"),
        rules=("categories", "source"),
    ),
    Step(
        "pattern model",
        pattern_model,
        makes=("pattern_model",),
        reads=("attributes", "signals", "before"),
        rules=("categories",),
    ),
    Step(
        "patterns",
        patterns,
        makes=("patterns",),
        reads=("signals", "attributes", "pattern_model", "before"),
        rules=("categories",),
    ),
    Step(
        "segments",
        _segments,
        makes=("segments",),
        reads=("attributes", "holding_facts", "signals", "circumstances", "leanings", "patterns", "before"),
        rules=("segment", "categories", "source"),
    ),
    Step("fit", _fit, makes=("affinity_model",), reads=("facts", "attributes"), rules=("categories",)),
    Step(
        "scores",
        _scores,
        makes=("scores",),
        reads=("units", "attributes", "state", "affinity_model"),
        rules=("categories",),
    ),
    Step(
        "forecast models",
        forecast_models,
        makes=("forecast_models",),
        reads=("facts", "attributes", "pattern_model"),
        rules=("categories",),
    ),
    Step(
        "forecasts",
        forecasts,
        makes=("forecasts", HABITS),
        reads=("facts", "units", "attributes", ANEW, FOLDED, "pattern_model", "forecast_models"),
        rules=("categories",),
    ),
    Step(
        "triggers",
        _triggers,
        makes=("triggers", "occurrences"),
        reads=("facts", "units", "before", *PROFILE_TABLES[:-1]),
        rules=("trigger",),
    ),
    Step(
        "propensity model",
        propensity_model,
        makes=("propensity_model", "rates"),
        reads=("facts", "attributes", "segments", "scores", "affinity_model"),
        rules=("offer", "categories"),
    ),
    Step(
        "propensities",
        propensities,
        makes=("propensities",),
        reads=(
            *("facts", "attributes", "state", "scores", "segments"),
            *("propensity_model", "rates"),
        ),
        rules=("offer", "categories"),
    ),
    Step(
        "inclination models",
        inclination_models,
        makes=("inclination_models",),
        reads=("facts", "attributes"),
        rules=("offer", "contact"),
    ),
    Step(
        "inclinations",
        inclinations,
        makes=("inclinations",),
        reads=("facts", "attributes", "units", "inclination_models"),
        rules=("offer", "contact"),
    ),
    Step(
        "price models",
        _price_models,
        makes=("price_models", "price_curves"),
        reads=("facts", "ledger", "units", *PROFILE_TABLES),
        rules=("offer", "categories", "segment"),
    ),
    Step(
        "watched",
        _watched,
        makes=("watched",),
        reads=("facts",),
        rules=("source", "identity", "fairness"),
    ),
    Step(
        "proxies",
        _proxies,
        makes=("proxies",),
        reads=("units", "watched", "propensities", *PROFILE_TABLES),
        rules=("fairness", "offer", "catalog", "compliance", "segment"),
    ),
    Step(
        "permissions",
        _permissions,
        makes=("consents_marketing", "consents_service", "suppressions"),
        reads=("facts",),
        rules=("contact",),
    ),
    Step(
        "decisions",
        _decisions,
        makes=DECISION_TABLES,
        reads=(
            *("facts", "ledger", "run", "units", "attributes", "holding_facts", "signals", "circumstances", "segments"),
            *("scores", "leanings", "patterns", "forecasts", "triggers", "occurrences", "propensities"),
            *("inclinations", "price_curves", "consents_marketing", "consents_service", "suppressions"),
        ),
        rules=(
            "offer",
            "catalog",
            "compliance",
            "contact",
            "constraints",
            "experiments",
            "approvals",
            "approvers",
            "block",
            "segment",
            "trigger",
        ),
    ),
    Step(
        "fairness",
        _fairness,
        makes=("fairness",),
        reads=("watched", "verdicts", "decisions", "propensities", *PROFILE_TABLES),
        rules=("fairness", "offer", "catalog"),
    ),
)
