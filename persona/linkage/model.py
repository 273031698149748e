"""The weights of a linkage, learned by splink without labels, and pairs weighed by them.

Source: I. P. Fellegi and A. B. Sunter, A Theory for Record Linkage (1969); expectation maximisation as in splink. Not
to be trusted where fields depend on each other beyond what is compared together, or where nobody is there twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl

from persona.errors import PolicyError
from persona.linkage.comparisons import Comparison

__all__ = ["Model", "fit", "weighed"]

_U_PAIRS = 1.5e6
"""Random pairs that say how often values are alike by chance; how often they are the same is counted, not sampled."""
_EM_PAIRS = 2e6
"""Pairs of one training: more change the weights in the third digit."""
_RAREST_M = 0.002
"""The share among pairs of one person that is taken for what no training has seen."""
_RAREST_U, _MOST_OF_ONE_PERSON = 1e-9, 20
"""The share of random pairs that agree by chance is at least this, and one in so many of all pairs that agree."""
_UNTRAINED_M = (0.85, 0.1, 0.05)
"""Same, alike in some way, different: for what no training could learn."""
_AT_ONCE = 2_000_000
"""Pairs that are weighed together: each takes some hundred bytes."""
_WEIGHED = {
    "a": pl.Int64,
    "b": pl.Int64,
    "weight": pl.Float64,
    "probability": pl.Float64,
    "reason": pl.String,
    "are_two": pl.Boolean,
}
_FEWEST_PAIRS = 30
"""A training of fewer pairs says nothing."""
_SEED = 1
_ID = "record_no"
_MUTE = logging.CRITICAL + 1


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned: splink's settings with their weights, as plain data."""

    settings: Mapping[str, Any]


def fit(
    records: pl.DataFrame,
    comparisons: Sequence[Comparison],
    *,
    training: Sequence[Sequence[str]],
    prior: float,
    memory_gb: float,
) -> Model:
    """The weights of each level of each comparison, learned from the records themselves.

    ``prior`` is the probability that two random records are one person, from what the keys found. One thread and a
    fixed seed: the same records give the same weights.
    Raises: PolicyError where the extra is not installed, or the memory is too small.
    """
    with (
        _quiet(),
        _linker(_as_text(records, comparisons), _settings(comparisons, prior), memory_gb, threads=1) as (linker, _),
    ):
        linker.training.estimate_u_using_random_sampling(max_pairs=_U_PAIRS, seed=_SEED)
        for fields in training:
            if _pairs(records, fields) >= _FEWEST_PAIRS:
                linker.training.estimate_parameters_using_expectation_maximisation(
                    _rule(fields), max_pairs=_EM_PAIRS, estimate_without_term_frequencies=True
                )
        learned = linker.misc.save_model_to_json()
    return Model(_plain(_completed(learned, records, comparisons, prior)))


def weighed(
    records: pl.DataFrame,
    pairs: pl.DataFrame,
    comparisons: Sequence[Comparison],
    model: Model,
    *,
    relatives: str,
    least: float,
    memory_gb: float,
) -> pl.DataFrame:
    """The pairs whose probability is at least ``least``.

    Grain: one row a pair, sorted by a, b. Makes: a, b, weight (log2 of the odds, 4 digits),
    probability (0..1, 6 digits), reason (what agrees and what differs, in words), are_two (``relatives``, as SQL).
    Raises: PolicyError where the extra is not installed, or the memory is too small.
    """
    told = []
    with (
        _quiet(),
        _linker(_as_text(records, comparisons), dict(model.settings), memory_gb, threads=None) as (linker, api),
    ):
        for some in pairs.iter_slices(_AT_ONCE):
            blocked = api.register(some.select(match_key=pl.lit("0"), join_key_l="a", join_key_r="b"))
            linker.table_management.register_blocked_pairs_for_predict(blocked)
            found = linker.inference.predict(threshold_match_probability=least, warning_mode="never")
            told.append(_told(found, api, comparisons, relatives))
            found.drop_table_from_database_and_remove_from_cache()
    return pl.concat(told).sort("a", "b") if told else pl.DataFrame(schema=_WEIGHED)


def _told(found: Any, api: Any, comparisons: Sequence[Comparison], relatives: str) -> pl.DataFrame:  # noqa: ANN401 - of an extra
    names = ", ".join(f"gamma_{one.name}" for one in comparisons)
    said = f"record_no_l, record_no_r, match_weight, match_probability, {relatives} AS are_two, {names}"
    query = f"SELECT {said} FROM {found.physical_name}"  # noqa: S608 - our own words
    rows = pl.scan_arrow_c_stream(api.duckdb_con.sql(query)).collect()
    return rows.select(
        a=pl.min_horizontal("record_no_l", "record_no_r"),
        b=pl.max_horizontal("record_no_l", "record_no_r"),
        weight=pl.col("match_weight").round(4),
        probability=pl.col("match_probability").round(6),
        reason=_reason(comparisons),
        are_two="are_two",
    )


def _reason(comparisons: Sequence[Comparison]) -> pl.Expr:
    """What is the same and what differs, in the order of the comparisons; what is not known is not told."""
    told = []
    for one in comparisons:
        count = len(one.levels)
        words = {count - place: level.says for place, level in enumerate(one.levels)} | {0: one.differs}
        gamma = pl.col(f"gamma_{one.name}").cast(pl.Int32)
        told.append(gamma.replace_strict(words, default=None, return_dtype=pl.String))
    return pl.concat_str(told, separator=", ", ignore_nulls=True)


def _settings(comparisons: Sequence[Comparison], prior: float) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": _ID,
        "probability_two_random_records_match": prior,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
        "comparisons": [_comparison(one) for one in comparisons],
        "blocking_rules_to_generate_predictions": [],
    }


def _comparison(one: Comparison) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": one.unknown, "label_for_charts": "not known", "is_null_level": True}
    ]
    for level in one.levels:
        said: dict[str, Any] = {"sql_condition": level.sql, "label_for_charts": level.says}
        if level.frequency_of:
            said |= {"tf_adjustment_column": level.frequency_of, "tf_adjustment_weight": 1.0}
        levels.append(said)
    levels.append({"sql_condition": "ELSE", "label_for_charts": "different"})
    return {"output_column_name": one.name, "comparison_levels": levels}


def _completed(
    settings: dict[str, Any], records: pl.DataFrame, compared: Sequence[Comparison], prior: float
) -> dict[str, Any]:
    """The settings with the chance of the same value as it was counted, and something for what was never seen."""
    texts = _as_text(records, compared)
    for said, one in zip(settings["comparisons"], compared, strict=True):
        levels = [level for level in said["comparison_levels"] if not level.get("is_null_level")]
        share = _same_by_chance(texts[one.together or one.columns[0]])
        # Those who are one person agree for another reason than chance: as many as the keys make expect are taken off.
        one_person = prior * float(levels[0].get("m_probability", _UNTRAINED_M[0]))
        levels[0]["u_probability"] = max((share - one_person) / (1 - prior), share / _MOST_OF_ONE_PERSON, _RAREST_U)
        is_trained = any("m_probability" in level for level in levels)
        alike = _UNTRAINED_M[1] / max(1, len(levels) - 2)
        untrained = (_UNTRAINED_M[0], *(alike,) * (len(levels) - 2), _UNTRAINED_M[2])
        for level, otherwise in zip(levels, untrained, strict=True):
            level.setdefault("u_probability", 1 / _U_PAIRS)
            level.setdefault("m_probability", _RAREST_M if is_trained else otherwise)
    return settings


def _same_by_chance(values: pl.Series) -> float:
    """The share of random pairs, known on both sides, that have the same value."""
    known = values.drop_nulls()
    sizes = known.to_frame("value").group_by("value").agg(size=pl.len().cast(pl.Int64))["size"]
    pairs = len(known) * (len(known) - 1)
    return int((sizes * (sizes - 1)).sum()) / pairs if pairs else 0.0


@contextmanager
def _linker(
    records: pl.DataFrame, settings: dict[str, Any], memory_gb: float, *, threads: int | None
) -> Iterator[tuple[Any, Any]]:
    try:
        from splink import DuckDBAPI, Linker  # noqa: PLC0415 - an extra
    except ImportError:
        raise PolicyError(
            "needs the extra `identity`, which is not installed",
            where="rules/identity.yaml: linkage",
            hint='Run `pip install "persona[identity]"`, or leave `linkage` out: then only keys link.',
        ) from None
    import duckdb  # noqa: PLC0415 - linked with splink only

    connection = duckdb.connect(":memory:")
    try:
        for setting in _limits(memory_gb, threads):
            connection.execute(setting)
        api = DuckDBAPI(connection)
        yield Linker(api.register(records), settings, log_level=_MUTE), api
    except Exception as error:
        if not isinstance(error.__cause__ or error, duckdb.OutOfMemoryException):
            raise
        raise PolicyError(
            f"the linkage of {records.height:,} records does not fit into half of {memory_gb:g} GB",
            where="persona.yaml: engine.memory_gb",
            hint="Raise it: names are compared in clear, so nothing of this may be spilt to the disk.",
        ) from None
    finally:
        connection.close()


def _limits(memory_gb: float, threads: int | None) -> Iterator[str]:
    yield "SET enable_progress_bar = false"
    # Names are compared in clear: nothing of them may be spilt to the disk, and DuckDB 2.0 encrypts no spill by itself.
    yield "SET temp_directory = ''"
    yield f"SET memory_limit = '{memory_gb / 2:.3f}GB'"
    if threads is not None:
        yield f"SET threads = {threads}"


def _as_text(records: pl.DataFrame, comparisons: Sequence[Comparison]) -> pl.DataFrame:
    """The records as splink compares them: sorted, days as text, beside each other what is compared together."""
    days = [name for name, dtype in records.schema.items() if dtype == pl.Date]
    texts = records.sort(_ID).with_columns(pl.col(name).dt.strftime("%Y-%m-%d") for name in days)
    return texts.with_columns(
        pl.concat_str(one.columns, separator=" ").alias(one.together) for one in comparisons if one.together
    )


def _rule(fields: Sequence[str]) -> str:
    return " AND ".join(f"l.{name} = r.{name}" for name in fields)


def _pairs(records: pl.DataFrame, fields: Sequence[str]) -> int:
    sizes = records.drop_nulls(list(fields)).group_by(list(fields)).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1)).sum()) // 2


def _plain(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings with weights of 12 digits, so that what is kept and read again is the same."""

    def rounded(value: object) -> Any:  # noqa: ANN401 - plain data of any kind
        if isinstance(value, float):
            return float(f"{value:.12g}")
        if isinstance(value, dict):
            return {name: rounded(one) for name, one in value.items()}
        return [rounded(one) for one in value] if isinstance(value, list | tuple) else value

    plain: Mapping[str, Any] = rounded({**settings, "linker_uid": "persona"})
    return plain


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink speaks through logging; what it says can hold values."""
    log = logging.getLogger("splink")
    before = log.disabled, log.level, log.propagate
    log.setLevel(_MUTE)
    log.propagate = False
    try:
        yield
    finally:
        log.disabled, log.propagate = before[0], before[2]
        log.setLevel(before[1])
