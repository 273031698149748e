"""Segments: where each customer belongs, and where he came from."""

from __future__ import annotations

from persona.segments.lifecycle import PHASES, lifecycle
from persona.segments.main import main_segment
from persona.segments.migration import changed, migrations, sizes, with_before
from persona.segments.patterns import Patterns, fit_patterns, patterns, patterns_card, restored_patterns
from persona.segments.rules import rule_segments

__all__ = [
    "PHASES",
    "Patterns",
    "changed",
    "fit_patterns",
    "lifecycle",
    "main_segment",
    "migrations",
    "patterns",
    "patterns_card",
    "restored_patterns",
    "rule_segments",
    "sizes",
    "with_before",
]
