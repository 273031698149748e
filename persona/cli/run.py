"""x"""
from __future__ import annotations
__all__ = ["run"]
def run() -> None:
    """Soon."""
