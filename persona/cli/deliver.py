"""x"""
from __future__ import annotations
__all__ = ["deliver"]
def deliver() -> None:
    """Soon."""
