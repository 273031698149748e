"""Checks: every rendered message is looked at, row by row, before anything may leave."""

from persona.checks.checked import Specimens, checked, meanings, reconciled
from persona.checks.heeded import heeded
from persona.checks.release import Release, refused, releases

__all__ = ["Release", "Specimens", "checked", "heeded", "meanings", "reconciled", "refused", "releases"]
