"""x"""
from __future__ import annotations
__all__ = ["render"]
def render() -> None:
    """Soon."""
