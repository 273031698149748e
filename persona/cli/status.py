"""x"""
from __future__ import annotations
__all__ = ["status"]
def status() -> None:
    """Soon."""
