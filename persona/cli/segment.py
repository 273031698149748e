"""x"""
from __future__ import annotations
__all__ = ["segment"]
def segment() -> None:
    """Soon."""
