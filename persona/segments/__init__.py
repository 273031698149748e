"""Segments: where each customer belongs, and where he came from."""

from __future__ import annotations

from persona.segments.lifecycle import PHASES, lifecycle
from persona.segments.main import main_segment
from persona.segments.migration import migrations, sizes, with_before
from persona.segments.rules import rule_segments

__all__ = ["PHASES", "lifecycle", "main_segment", "migrations", "rule_segments", "sizes", "with_before"]
