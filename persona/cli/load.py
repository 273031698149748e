"""x"""
from __future__ import annotations
__all__ = ["load"]
def load() -> None:
    """Soon."""
