"""JSON Schemas of every kind of rule file, so that editors complete and check them."""

from __future__ import annotations

from persona.policy.files import FILES

__all__ = ["schemas"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, object]]:
    """The schema of each kind of file by its name, in the order of the kinds.

    An expression has ``"format": "sql-condition"``; every other format is one of JSON Schema's own.
    """
    return {
        kind.name: {
            "$schema": DIALECT,
            "$comment": f"Files that match {kind.pattern}",
            **kind.model.model_json_schema(by_alias=True, mode="validation"),
        }
        for kind in FILES
    }
