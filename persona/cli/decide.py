"""x"""
from __future__ import annotations
__all__ = ["decide"]
def decide() -> None:
    """Soon."""
