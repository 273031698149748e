"""Snapshots as histories: what a customer held, who he was and whose an account was, from which delivery to which."""

from __future__ import annotations

from collections.abc import Mapping

from persona.store.parts import folder_of
from persona.tables import CANONICAL, PolarsType

__all__ = ["HISTORIES", "history"]

HISTORIES = tuple(name for name, contract in CANONICAL.items() if contract.time is None)
"""The tables of a state; each has a view ``<table>_history``."""

_OURS = ("bucket", "delivery_no", "known_on")


def history(table: str, schema: Mapping[str, PolarsType]) -> str:
    """The query of a table's history: one row a source, key and stretch of days over which nothing was said otherwise.

    Makes: ``delivered_by`` (the source), ``valid_from`` (the day of the delivery that said it first), ``valid_to`` (the
    day of the first delivery of the source that said otherwise or no more), then the table's columns.
    Null: ``valid_to`` where it is still so.
    """
    names = [name for name in schema if name not in (*_OURS, "_op")]
    said = ", ".join(map(_quoted, names))
    key = ", ".join(["_of", *map(_quoted, CANONICAL[table].key)])
    is_there = "\"_op\" IS DISTINCT FROM 'delete'" if "_op" in schema else "true"
    return f"""
WITH live AS (SELECT delivery_no, source AS _of, "kind" AS _kind, delivered_on AS _on FROM deliveries
        WHERE replaced_by IS NULL AND table_name = '{table}'),
    days AS (SELECT _of, _on, lead(_on) OVER (PARTITION BY _of ORDER BY _on) AS _next
        FROM (SELECT DISTINCT _of, _on FROM live)),
    told AS (SELECT {said}, _of, _on, {is_there} AS _is_there, row({said}) AS _said,
        CASE WHEN _kind = 'snapshot' THEN _next
            ELSE lead(_on) OVER (PARTITION BY {key} ORDER BY _on, delivery_no) END AS _until
        FROM {_quoted(folder_of(table))} JOIN live USING (delivery_no) JOIN days USING (_of, _on)),
    turns AS (SELECT *, CASE WHEN _said IS DISTINCT FROM lag(_said) OVER one_key
            OR _on IS DISTINCT FROM lag(_until) OVER one_key
            OR _is_there IS DISTINCT FROM lag(_is_there) OVER one_key THEN 1 ELSE 0 END AS _is_turn
        FROM told WINDOW one_key AS (PARTITION BY {key} ORDER BY _on)),
    stretches AS (SELECT *, sum(_is_turn) OVER (PARTITION BY {key} ORDER BY _on) AS _stretch FROM turns)
SELECT _of AS delivered_by, min(_on) AS valid_from,
    nullif(max(coalesce(_until, DATE 'infinity')), DATE 'infinity') AS valid_to, {said}
FROM stretches WHERE _is_there GROUP BY {said}, _of, _stretch
"""  # noqa: S608 - names of contracts and of the sources' own columns, quoted


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
