"""Extracts in: files in any bank's shape become rows of the canonical tables, and every record is accounted for."""

from __future__ import annotations

from persona.sources.expect import Result
from persona.sources.found import Delivery, announced, digest, found
from persona.sources.read import Read, RejectedRowsError, read
from persona.sources.rejects import REJECTS

__all__ = ["REJECTS", "Delivery", "Read", "RejectedRowsError", "Result", "announced", "digest", "found", "read"]
