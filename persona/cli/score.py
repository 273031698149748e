"""x"""
from __future__ import annotations
__all__ = ["score"]
def score() -> None:
    """Soon."""
