"""Checks: every rendered message is looked at, row by row, before anything may leave."""

from persona.checks.checked import checked, meanings, reconciled
from persona.checks.release import Release, refused, releases

__all__ = ["Release", "checked", "meanings", "reconciled", "refused", "releases"]
