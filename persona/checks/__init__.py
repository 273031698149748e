"""Checks: every rendered message is looked at, row by row, before anything may leave."""

from persona.checks.checked import checked, reconciled
from persona.checks.release import Release, refused, releases

__all__ = ["Release", "checked", "reconciled", "refused", "releases"]
