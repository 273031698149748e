"""Persons out of records: keys first, then weights where the rules ask for them, then what people decided."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import polars as pl

from persona import foundation
from persona.clock import AsOf
from persona.errors import PolicyError
from persona.foundation import identity
from persona.linkage import Comparison, Model, comparisons, fit, relatives, weighed
from persona.policy.identity import Identity
from persona.policy.policy import Policy
from persona.runs.load import Progress
from persona.runs.reviewing import read_decisions, write_review
from persona.runs.traces import reviewed
from persona.store import Store
from persona.tables import CANONICAL

__all__ = ["Found", "Linked", "identify", "linked"]

DECIDED, KEYED, WEIGHED = 0, 1, 2
"""The ranks of links, the strongest first."""

_REVEAL = 100_000
"""Customers whose contact data is in clear at a time."""
_RECALL = 0.8
"""What share of all pairs the keys are taken to find, when the odds of a random pair are set."""
_TRAINING = ("date", "document", "phone", "email", "postcode", "place", "name")
"""Kinds of fields whose sharing pairs weights are learned from, the best first: what is shared cannot be learned."""
_TRAININGS = 3


@dataclass(frozen=True)
class Linked:
    """What came of the links between comparable records."""

    persons: identity.Joined
    grey: pl.DataFrame
    """The pairs to be asked about."""
    model: Model | None


@dataclass(frozen=True)
class Found:
    """What `persona identify` did, in counts."""

    summary: Mapping[str, int]
    links: pl.DataFrame
    """One row a kind of link (reason), outcome and how many."""
    largest: pl.DataFrame
    """The persons of most records: person_no, records."""
    sizes: pl.DataFrame
    """How many persons have how many records."""
    overshared: pl.DataFrame
    review: Path | None
    """The file of pairs to be decided; None where there are none."""


def identify(
    policy: Policy,
    store: Store,
    as_of: AsOf,
    *,
    progress: Progress,
    decisions: Path | None = None,
    review: Path | None = None,
    is_clear: bool = False,
    is_refitting: bool = False,
) -> Found:
    """Who is who from now on: written down with the reason of each link, and the rows moved to their persons.

    Raises: PolicyError where there is no rules/identity.yaml, or its extra is missing; ExtractError for a file of
    decisions that cannot be read.
    """
    rules = policy.identity
    if rules is None:
        hint = "An empty rules/identity.yaml with `identity: 1` means the defaults: docs/how-to/identify-customers.md."
        raise PolicyError("is not there", where="rules/identity.yaml", hint=hint)
    fresh = store.decide(read_decisions(decisions, store.who_is_who()["customer_id"])) if decisions else 0
    progress("records", 0, 4)
    own = store.who_is_who()
    told = _told(policy, store, as_of, own)
    records = _records(policy, store, rules, told)
    progress("links", 1, 4)
    memory_gb = policy.workspace.engine.memory_gb
    standing, decided = store.person_links(), store.person_decisions()
    model = None if is_refitting else _kept(store, rules)
    made = linked(records, rules, memory_gb=memory_gb, decided=decided, standing=standing, model=model)
    if made.model is not None:
        store.save("identity", _name(rules), {"settings": dict(made.model.settings)})
    progress("persons", 2, 4)
    before = store.persons_before()
    numbers = identity.numbered(made.persons.members, before=before)
    moved = identity.changes(before, numbers)
    homes = _homes(rules, records, numbers, told)
    rows = _rows(numbers, homes, made.persons.links)
    held = made.persons.links.filter(pl.col("outcome") == identity.JOINED)
    progress("parts", 3, 4)
    rewritten = store.identified(rows, held, moved, at=as_of.instant)
    reviewed(store, decisions, review)
    file = write_review(policy.root, review, made.grey, records, own, rules, is_clear=is_clear)
    return _found(made, numbers, homes, moved, identity.overshared(records, rules.keys), file, fresh, rewritten)


def linked(
    records: pl.DataFrame,
    rules: Identity,
    *,
    memory_gb: float,
    decided: pl.DataFrame | None = None,
    standing: pl.DataFrame | None = None,
    model: Model | None = None,
) -> Linked:
    """The persons that comparable records make by the rules.

    Reads: ``decided`` record_a, record_b, decision; ``standing``: the links of the last time, which stay as long as
    they are not less probable than what is asked about. ``model``: the weights to use; None: they are learned.
    """
    keyed = identity.links_by_keys(records, rules.keys)
    found = [_ranked(keyed, KEYED), _same(decided)]
    grey = weighed_pairs = None
    cuts = _cuts(decided)
    if rules.linkage is not None and records.height > 1:
        model, every = _weighed(records, rules, keyed, model, memory_gb)
        apart, weighed_pairs = _parted(every, keyed, decided)
        cuts = pl.concat([cuts, apart])
        accepted = pl.col("probability") >= rules.linkage.accept
        if standing is not None:
            held = standing.filter(pl.col("rank") == WEIGHED).select("a", "b", is_standing=pl.lit(value=True))
            weighed_pairs = weighed_pairs.join(held, on=["a", "b"], how="left", maintain_order="left")
            accepted |= pl.col("is_standing").fill_null(value=False)
        found.append(_ranked(weighed_pairs.filter(accepted).select(identity.LINKS.names()), WEIGHED))
        grey = _ranked(weighed_pairs.filter(~accepted).select(identity.LINKS.names()), WEIGHED)
    guards = dict.fromkeys(name for key in rules.keys for name in key.unless if name in records.columns)
    persons = identity.joined(
        records["record_no"],
        _explained(pl.concat(found), weighed_pairs),
        cuts=cuts,
        most=rules.max_records,
        never_differ={name: records[name] for name in guards},
    )
    accept = rules.linkage.accept if rules.linkage else 1.0
    open_pairs = [persons.links] if grey is None else [persons.links, grey.with_columns(outcome=pl.lit("grey"))]
    to_ask = pl.concat(open_pairs, how="diagonal_relaxed")
    asked = identity.reviewable(_unasked(to_ask, decided), persons.members, accept=accept)
    return Linked(persons, asked, model)


def _weighed(
    records: pl.DataFrame, rules: Identity, keyed: pl.DataFrame, model: Model | None, memory_gb: float
) -> tuple[Model, pl.DataFrame]:
    """The weights, and the pairs that are at least grey."""
    if rules.linkage is None:
        raise PolicyError("has no linkage", where="rules/identity.yaml")
    known = [name for name in records.columns if records[name].null_count() < records.height and name != "record_no"]
    compared = comparisons(rules.fields, known)
    if model is None:
        every = records.height * (records.height - 1) / 2
        prior = min(0.5, max(1, keyed.height) / _RECALL / every)
        training = rules.linkage.training or _training(rules, records, compared)
        model = fit(records, compared, training=training, prior=prior, memory_gb=memory_gb)
    blocking = rules.linkage.blocking or identity.default_blocking(
        {name: one for name, one in rules.fields.items() if name in known}
    )
    pairs = identity.blocked(records, blocking, pairs_per_record=rules.linkage.pairs_per_record)
    least, two = rules.linkage.review, relatives(rules.fields, compared)
    return model, weighed(records, pairs, compared, model, relatives=two, least=least, memory_gb=memory_gb)


def _parted(
    weighed_pairs: pl.DataFrame, keyed: pl.DataFrame, decided: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The pairs that are two people of one home, unless a key or somebody says otherwise, and all others."""
    sure = pl.concat([keyed.select("a", "b"), _same(decided).select("a", "b")])
    apart = weighed_pairs.filter("are_two").join(sure, on=["a", "b"], how="anti").select("a", "b")
    left = weighed_pairs.join(apart, on=["a", "b"], how="anti", maintain_order="left").drop("are_two")
    return apart, left


def _training(rules: Identity, records: pl.DataFrame, compared: Sequence[Comparison]) -> tuple[tuple[str, ...], ...]:
    """A few fields that are known of most, each of another comparison, so that all weights are learned by some."""
    chosen: list[tuple[str, ...]] = []
    taken: set[str] = set()
    of = {column: one.name for one in compared for column in one.columns}
    for kind in _TRAINING:
        for name, field in rules.fields.items():
            if field.kind != kind or of.get(name, name) in taken or name not in of:
                continue
            if records[name].null_count() * 2 <= records.height and len(chosen) < _TRAININGS:
                chosen.append((name,))
                taken.add(of[name])
    return tuple(chosen)


def _ranked(links: pl.DataFrame, rank: int) -> pl.DataFrame:
    return links.with_columns(rank=pl.lit(rank, dtype=pl.Int8))


def _same(decided: pl.DataFrame | None) -> pl.DataFrame:
    """What people decided to be one person, as links."""
    if decided is None:
        return _ranked(pl.DataFrame(schema=identity.LINKS), DECIDED)
    pairs = _pairs(decided, "same").with_columns(reason=pl.lit("decided"))
    none = {name: pl.lit(None, dtype=pl.Float64) for name in ("weight", "probability")}
    return _ranked(pairs.with_columns(**none).select(identity.LINKS.names()), DECIDED)


def _cuts(decided: pl.DataFrame | None) -> pl.DataFrame:
    """What people decided to be two persons, for good."""
    if decided is None:
        return pl.DataFrame(schema={"a": pl.Int64, "b": pl.Int64})
    return _pairs(decided, "different")


def _pairs(decided: pl.DataFrame, decision: str) -> pl.DataFrame:
    known = decided.filter(pl.col("decision") == decision).drop_nulls(["record_a", "record_b"])
    low, high = pl.min_horizontal("record_a", "record_b"), pl.max_horizontal("record_a", "record_b")
    return known.select(a=low.cast(pl.Int64), b=high.cast(pl.Int64)).filter(pl.col("a") != pl.col("b"))


def _unasked(links: pl.DataFrame, decided: pl.DataFrame | None) -> pl.DataFrame:
    """The links on whose pair nobody has decided."""
    if decided is None:
        return links
    low, high = pl.min_horizontal("record_a", "record_b"), pl.max_horizontal("record_a", "record_b")
    settled = decided.drop_nulls(["record_a", "record_b"]).select(a=low.cast(pl.Int64), b=high.cast(pl.Int64))
    return links.join(settled, on=["a", "b"], how="anti", maintain_order="left")


def _explained(links: pl.DataFrame, weights: pl.DataFrame | None) -> pl.DataFrame:
    """One row a pair: the strongest kind of link, with the weight of the pair where it was weighed."""
    ordered = links.sort("a", "b", "rank").unique(["a", "b"], keep="first", maintain_order=True)
    if weights is None:
        return ordered
    told = weights.select("a", "b", said_weight="weight", said_probability="probability")
    both = ordered.join(told, on=["a", "b"], how="left", maintain_order="left")
    return both.with_columns(
        weight=pl.coalesce("weight", "said_weight"), probability=pl.coalesce("probability", "said_probability")
    ).drop("said_weight", "said_probability")


def _told(policy: Policy, store: Store, as_of: AsOf, own: pl.DataFrame) -> pl.DataFrame:
    """What the extracts say of each record, without names and addresses: one row a customer id of an extract."""
    rows = store.scan("customers", as_of=as_of.day).collect(engine="in-memory")
    recorded = rows.drop("customer_no").join(own.select("customer_id", customer_no="record_no"), on="customer_id")
    systems = list(dict.fromkeys(source.system_name for source in policy.sources))
    said = foundation.people(recorded, as_of=as_of.day, systems=systems)
    return said.rename({"customer_no": "record_no"})


def _records(policy: Policy, store: Store, rules: Identity, told: pl.DataFrame) -> pl.DataFrame:
    """The records with what the vault says of them in clear, made comparable; some at a time."""
    systems = list(dict.fromkeys(source.system_name for source in policy.sources))
    wanted = {field.column or name for name, field in rules.fields.items()}
    direct = {column.name for column in CANONICAL["customers"].columns if column.pii == "direct"}
    direct |= {
        n for s in policy.sources for n, rule in s.columns.items() if s.into == "customers" and rule.pii == "direct"
    }
    plain = told.select("record_no", "customer_id", *sorted((wanted - direct) & set(told.columns)))
    made = []
    for some in plain.iter_slices(_REVEAL):
        clear = store.vault.reveal(some["customer_id"], systems=systems)
        seen = clear.select("customer_id", *sorted(wanted & direct & set(clear.columns)))
        both = some.join(seen, on="customer_id", how="left", maintain_order="left")
        made.append(identity.comparable(both, rules.fields, country=policy.workspace.country))
    return pl.concat(made).sort("record_no") if made else identity.comparable(plain, rules.fields, country="")


def _kept(store: Store, rules: Identity) -> Model | None:
    """The weights that were learned under the same rules: links stay what they are from night to night."""
    found = store.saved("identity", _name(rules))
    settings = found.get("settings") if found else None
    return Model(settings) if isinstance(settings, dict) else None


def _name(rules: Identity) -> str:
    said = json.dumps(rules.model_dump(mode="json", include={"fields", "linkage"}), sort_keys=True)
    return f"weights:{blake2b(said.encode(), digest_size=8).hexdigest()}"


def _homes(rules: Identity, records: pl.DataFrame, numbers: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """The households that no bank names, by person."""
    if rules.households is None:
        return pl.DataFrame(schema={"person_no": pl.Int64, "household_id": pl.String})
    said = told.select("record_no", "household_id")
    every = identity.homes(records, numbers, said, by=rules.households.fields, most=rules.households.max_persons)
    named = said.drop_nulls().join(numbers, on="record_no", how="semi").join(numbers, on="record_no")["person_no"]
    return every.filter(~pl.col("person_no").is_in(named.unique().implode()))


def _rows(numbers: pl.DataFrame, homes: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """What the store keeps of each record that is not alone: its person, and the strongest link that it has."""
    held = links.filter(pl.col("outcome").is_in([identity.JOINED, "inside"]))
    sides = [held.select(pl.all(), record_no=pl.col(x), linked_to=pl.col(y)) for x, y in (("a", "b"), ("b", "a"))]
    best = (
        pl.concat(sides)
        .sort("record_no", "rank", "weight", "linked_to", descending=[False, False, True, False], nulls_last=True)
        .unique("record_no", keep="first", maintain_order=True)
        .select("record_no", "linked_to", "weight", "probability", "reason")
    )
    housed = numbers.join(homes, on="person_no", how="left", maintain_order="left")
    is_shared = pl.len().over("person_no") > 1
    is_moved = pl.col("person_no") != pl.col("record_no")
    some = housed.filter(is_shared | is_moved | pl.col("household_id").is_not_null())
    return some.join(best, on="record_no", how="left", maintain_order="left")


def _found(
    made: Linked,
    numbers: pl.DataFrame,
    homes: pl.DataFrame,
    moved: pl.DataFrame,
    overshared: pl.DataFrame,
    file: Path | None,
    fresh: int,
    rewritten: int,
) -> Found:
    sizes = numbers.group_by("person_no").agg(records=pl.len().cast(pl.Int64))
    links = made.persons.links
    kind = pl.when(pl.col("rank") == WEIGHED).then(pl.lit("weighed")).otherwise("reason")
    counted = links.group_by(kind.alias("link"), "outcome").agg(pairs=pl.len().cast(pl.Int64)).sort("link", "outcome")
    kinds = dict(moved.group_by("kind").agg(pl.len()).iter_rows())
    summary = {
        "records": numbers.height,
        "persons": sizes.height,
        "linked_records": int(sizes.filter(pl.col("records") > 1)["records"].sum()),
        "households_derived": homes["household_id"].n_unique(),
        "persons_merged": kinds.get("merged", 0),
        "persons_split": kinds.get("split", 0),
        "pairs_to_review": made.grey.height,
        "decisions_taken": fresh,
        "parts_rewritten": rewritten,
    }
    return Found(
        summary,
        counted,
        sizes.filter(pl.col("records") > 1).sort("records", "person_no", descending=[True, False]).head(10),
        sizes.group_by("records").agg(persons=pl.len().cast(pl.Int64)).sort("records"),
        overshared,
        file,
    )
