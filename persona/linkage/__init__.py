"""Probabilistic linkage: splink behind two functions, learned weights and weighed pairs; the extra ``identity``."""

from __future__ import annotations

from persona.linkage.comparisons import Comparison, comparisons, relatives
from persona.linkage.model import Model, fit, weighed

__all__ = ["Comparison", "Model", "comparisons", "fit", "relatives", "weighed"]
