"""The action columns of a whole policy."""

from __future__ import annotations

from persona.policy.actions import Action, actions, are_prices_apart
from persona.policy.policy import Policy

__all__ = ["columns_of"]


def columns_of(policy: Policy) -> tuple[Action, ...]:
    """Every offer by every treatment, and by each price and part of the day that the rules tell apart."""
    apart = are_prices_apart(policy.constraints, policy.checked)
    zone, slots = policy.workspace.zone, policy.contact.day_slots
    return actions(policy.offers, policy.catalog, zone=zone, by_price=apart, slots=slots)
