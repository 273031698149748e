"""x"""
from __future__ import annotations
__all__ = ["approve"]
def approve() -> None:
    """Soon."""
