"""What came of a night, as numbers: for the summary on the screen, the ledger of runs and the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import polars as pl

from persona.channels import Published
from persona.channels.manifest import MANIFEST, sha256_of
from persona.checks import meanings
from persona.checks.sampling import strata
from persona.messages.approvals import contents
from persona.messages.personal import personal
from persona.runs.deciding import worded
from persona.runs.fairness import breaches_of, fair
from persona.runs.foreseeing import cards_of
from persona.runs.languages import unspoken
from persona.runs.leaking import leaked
from persona.runs.notes import LAST, last_delivery, noted_since
from persona.runs.plan import Night
from persona.runs.rendering import Rendered
from persona.runs.uncounted import foreign
from persona.segments import changed, migrations, sizes
from persona.tables.reasons import words

__all__ = [
    "constraints_of",
    "decisions_of",
    "foreign_of",
    "manifest_facts",
    "models_of",
    "moves_of",
    "phases_of",
    "plans_of",
    "prices_of",
    "segments_of",
    "silence_of",
    "summary_of",
]

Counts = list[dict[str, Any]]


def summary_of(night: Night, decisions: pl.DataFrame, made: Rendered, files: Published | None) -> dict[str, Any]:
    """What came of the night; the same however often it was taken up.

    ``came_in`` has a row a source, ``warnings`` a line a note on a file that came since the night before,
    ``segments`` and ``phases`` a row each, ``decisions`` a row an offer and channel, ``prices`` a row a price,
    ``silence`` a row a reason, ``leaks`` a row a holdout and kind of address that both of its sides share,
    ``unspoken`` a row a language that no template has, ``foreign`` a row a source and currency whose bookings count
    nowhere, ``withheld`` a row a check,
    ``releases`` and ``personal`` a row a treatment, ``texts_by_row`` how many Jinja itself has written,
    ``models`` what to know, ``fairness`` what was measured and who answers for it.
    """
    return {
        "customers": night.table("units").height,
        "came_in": _came_in(night),
        "warnings": noted_since(night),
        LAST: last_delivery(night.store),
        "segments": segments_of(night),
        "phases": phases_of(night),
        "decisions": decisions_of(decisions),
        "prices": prices_of(decisions, night),
        "plans": plans_of(night),
        "constraints": constraints_of(night),
        "silence": silence_of(decisions, night),
        "ghosts": int(decisions["is_ghost"].sum()),
        "leaks": _rows(leaked(night)),
        "unspoken": _rows(unspoken(night)),
        "foreign": foreign_of(night),
        "withheld": _withheld(night, made),
        "releases": _releases(made),
        "sampling": night.policy.quality.sampling.model_dump(mode="json"),
        "texts_by_row": made.by_row,
        "personal": _rows(personal(made.messages, night.policy, worded(night.policy), day=night.as_of.day)),
        "models": models_of(night),
        "fairness": fair(night),
        "files": [] if files is None else [_file(files, number) for number in range(len(files.files))],
        "manifest_sha256": None if files is None else files.manifest_sha256,
        "currency": night.policy.workspace.currency,
        "example": _example(decisions),
        "generations": dict(night.generation),
    }


def _example(decisions: pl.DataFrame) -> str | None:
    """A customer worth explaining: the most valuable message of the night; else the first customer."""
    told = decisions.filter(pl.col("message_id").is_not_null())
    first = (told if told.height else decisions).sort("value_milli", "customer_id", descending=[True, False])
    return first["customer_id"].first() if first.height else None  # type: ignore[return-value] # a text


def _rows(frame: pl.DataFrame) -> Counts:
    return frame.to_dicts()


def _count(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    counted = frame.group_by(names).agg(customers=pl.len())
    return counted.sort("customers", *names, descending=[True, *[False] * len(names)])


def _came_in(night: Night) -> Counts:
    counts = ("lines", "loaded", "rejected", "filtered", "duplicates")
    live = night.store.deliveries().filter(pl.col("replaced_by").is_null())
    sums = live.group_by("source", "table_name").agg(
        *(pl.col(name).sum() for name in counts), files=pl.len(), newest=pl.col("delivered_on").max().dt.to_string()
    )
    return _rows(sums.sort("table_name", "source"))


def foreign_of(night: Night) -> Counts:
    """The bookings of each source in each currency that is not the workspace's: they count nowhere."""
    return _rows(foreign(night.store, night.policy, night.as_of))


def phases_of(night: Night) -> Counts:
    """How many customers each lifecycle phase has."""
    return _rows(_count(night.table("segments"), "lifecycle"))


def moves_of(night: Night) -> Counts:
    """How many customers went from each phase of the night before to each of tonight."""
    return _rows(migrations(night.table("segments"), name="lifecycle"))


def stability_of(night: Night) -> Counts:
    """Of the phase, the main segment and the pattern: how many customers had one both nights, and how many another."""
    held = (("phase", "segments", "lifecycle"), ("main segment", "segments", "segment"))
    found = []
    for what, table, name in (*held, ("spending pattern", "patterns", "pattern")):
        seen, moved = changed(night.table(table, columns=[name, f"{name}_before"]), name=name)
        found.append({"of": what, "customers": seen, "changed": moved})
    return found


def segments_of(night: Night) -> Counts:
    """How many customers each segment has, the largest first."""
    names = {one.segment: one.name for one in night.policy.segments}
    language = night.policy.workspace.languages[0]
    counted = sizes(night.table("segments"))
    said = pl.col("segment").replace_strict({word: text.get(language, word) for word, text in names.items()})
    return _rows(counted.with_columns(name=said).sort("customers", "segment", descending=[True, False]))


def decisions_of(decisions: pl.DataFrame) -> Counts:
    """What is sent, an offer and channel a row."""
    carried_out = decisions.filter(pl.col("message_id").is_not_null())
    grouped = carried_out.group_by("slot", "offer_id", "channel").agg(
        customers=pl.len(),
        value_minor=(pl.col("value_milli").sum() / 1_000).round(0).cast(pl.Int64),
        cost_minor=pl.col("cost_minor").sum(),
        mean_p=pl.col("p").mean().round(4),
    )
    return _rows(grouped.sort("slot", "customers", "offer_id", "channel", descending=[False, True, False, False]))


def prices_of(decisions: pl.DataFrame, night: Night) -> Counts:
    """What is told at which price, a price point of an offer's ladder a row; those that nobody is told, too."""
    told = decisions.filter(pl.col("message_id").is_not_null()).group_by("offer_id", "price_point")
    counted = told.agg(customers=pl.len(), value_milli=pl.col("value_milli").sum(), by_lot=pl.col("price_lot").count())
    found = {(row["offer_id"], row["price_point"]): row for row in counted.to_dicts()}
    return [
        {
            "offer_id": offer.offer,
            "price_point": point.id,
            "price": str(point.price),
            "customers": found.get((offer.offer, point.id), {}).get("customers", 0),
            "by_lot": found.get((offer.offer, point.id), {}).get("by_lot", 0),
            "value_minor": round(found.get((offer.offer, point.id), {}).get("value_milli", 0) / 1_000),
        }
        for offer in night.policy.offers
        for point in (offer.price.points if offer.price else ())
    ]


def silence_of(decisions: pl.DataFrame, night: Night) -> Counts:
    """Whom marketing leaves in peace, by reason and the rule that stood nearest."""
    marketing = decisions.filter(pl.col("slot") == "marketing")
    # Who is held out of one offer may be sent another; of what is on paper the first says why he is left in peace.
    told = marketing.filter(pl.col("message_id").is_not_null())
    quiet = marketing.join(told, on="customer_no", how="anti").sort("customer_no", "rank", nulls_last=True)
    counted = _count(quiet.unique("customer_no", keep="first", maintain_order=True), "reason", "reason_id")
    language = night.policy.workspace.languages[0]
    said = {letter: words(letter, language) for letter in counted["reason"].unique()}
    return _rows(counted.with_columns(says=pl.col("reason").replace_strict(said, default="", return_dtype=pl.String)))


def plans_of(night: Night) -> Counts:
    """Value, certified bound and gap of each class of offers, and what selecting by rank would have got."""
    return _rows(night.table("plans"))


def constraints_of(night: Night) -> Counts:
    """Limit, use, slack and shadow price of each cap and constraint."""
    return _rows(night.table("constraints"))


def _withheld(night: Night, made: Rendered) -> Counts:
    """Each check that withholds messages, with how many and what it sees to, or the law that it comes from."""
    rows = _rows(_count(made.messages.filter(pl.col("check_id").is_not_null()), "check_id"))
    means = meanings(night.policy)
    return [{**row, "says": means.get(row["check_id"], "")} for row in rows]


def _releases(made: Rendered) -> Counts:
    return [
        {
            "offer_id": one.offer_id,
            "treatment_id": one.treatment_id,
            "risk_class": one.risk_class,
            "mode": one.mode,
            "planned": one.planned,
            "withheld": one.withheld,
        }
        for one in made.releases
    ]


def models_of(night: Night) -> list[str]:
    """What to know of each model before its scores are trusted."""
    affinity, *others = cards_of(night)
    says = str(affinity["says"][1])
    first = _caution(affinity) if affinity["not_trusted_because"] else f"Model affinity: {says[:1].lower()}{says[1:]}"
    return [first, *filter(None, map(_caution, others))]


def _caution(card: Mapping[str, Any]) -> str:
    """Why a model is not used as it is, or what has moved since it was learnt; empty where nothing speaks against."""
    why = "; ".join(card["not_trusted_because"])
    if why:
        return f"Model {card['model']}, not trusted as it is: {why}. Used: {card['used']}."
    moved = ", ".join(term for term, one in card.get("drift", {}).items() if one["is_alarm"])
    return f"Model {card['model']}, used; but has moved since it was learnt from: {moved}." if moved else ""


def _file(files: Published, number: int) -> dict[str, object]:
    row = files.files[number]
    return {"name": row.name, "rows": row.rows, "bytes": row.bytes, "release": row.release}


def manifest_facts(night: Night, decisions: pl.DataFrame, made: Rendered) -> Mapping[str, object]:
    """What the manifest says of the night besides its files: hashes, approvals, value and cost, the chain's links."""
    told = decisions.filter(pl.col("message_id").is_not_null())
    return {
        "policy": night.policy.hash,
        "facts": night.generation["facts"],
        "models": night.generation["affinity_model"],
        "offers": {one.id: one.hash for one in contents(night.policy) if one.kind == "offer"},
        "templates": dict(sorted(set(made.messages.select("template", "template_hash").iter_rows()))),
        "approvals": len(night.policy.approvals.approvals),
        "expected_value_minor": round(int(told["value_milli"].sum()) / 1_000),
        "cost_minor": int(told["cost_minor"].sum()),
        "silence": silence_of(decisions, night),
        "ghosts": int(decisions["is_ghost"].sum()),
        "plans": plans_of(night),
        "constraints": constraints_of(night),
        "fairness": breaches_of(night),
        "texts_by_row": made.by_row,
        "strata": _strata(night, made),
        "limits": [one.model_dump(mode="json") for one in night.policy.contact.limits],
        "audit": night.store.audit_hash(f"plan:{night.run_id}"),
        "run_before": night.before.run_id if night.before else None,
        "manifest_before": _manifest_before(night),
    }


def _strata(night: Night, made: Rendered) -> Counts:
    """The sampling plan of each stratum that waits for people."""
    modes = {(one.offer_id, one.treatment_id): (one.mode, one.risk_class) for one in made.releases}
    leaving = made.messages.filter(pl.col("check_id").is_null())
    found = strata(leaving, modes, night.policy.quality.sampling)
    return [{"stratum": one.name, "release": one.mode, **asdict(one.plan)} for one in found if one.waits]


def _manifest_before(night: Night) -> str | None:
    """The hash of the manifest of the night before: its file's, or what the ledger kept of it."""
    if night.before is None:
        return None
    path = night.policy.root / "out" / night.before.run_id / MANIFEST
    kept = night.before.summary.get("manifest_sha256")
    return sha256_of(path.read_bytes()) if kept is None and path.is_file() else str(kept) if kept else None
