"""Every kind of file that a workspace can hold: where it lies and which model it has."""

from __future__ import annotations

from dataclasses import dataclass

from persona.policy.approvers import Approvers
from persona.policy.catalog import Catalog, Offer
from persona.policy.constraints import Constraints
from persona.policy.content import Approvals, Block, Template
from persona.policy.fairness import Fairness
from persona.policy.identity import Identity
from persona.policy.model import FileModel
from persona.policy.needs import Needs
from persona.policy.personas import Personas
from persona.policy.rules import (
    Categories,
    Compliance,
    ContactPolicy,
    Delivery,
    Experiments,
    Quality,
    Segment,
)
from persona.policy.source import Source
from persona.policy.triggers import Trigger
from persona.policy.workspace import CHANNELS, Workspace

__all__ = ["FILES", "FileKind"]


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: its name, the pattern of its path and its model."""

    name: str
    pattern: str
    model: type[FileModel]
    is_required: bool = False
    is_of_nights: bool = True
    """Whether what a night does can depend on it."""


FILES: tuple[FileKind, ...] = (
    FileKind("workspace", "persona.yaml", Workspace, is_required=True),
    FileKind("source", "rules/sources/*.yaml", Source),
    FileKind("categories", "rules/categories.yaml", Categories),
    FileKind("identity", "rules/identity.yaml", Identity),
    FileKind("segment", "rules/segments/*.yaml", Segment),
    FileKind("catalog", "rules/offers/catalog.yaml", Catalog),
    FileKind("offer", "rules/offers/*.yaml", Offer),
    FileKind("trigger", "rules/triggers/*.yaml", Trigger),
    FileKind("needs", "rules/needs.yaml", Needs),
    FileKind("compliance", "rules/compliance/*.yaml", Compliance),
    FileKind("contact", "rules/contact.yaml", ContactPolicy),
    FileKind("experiments", "rules/experiments.yaml", Experiments),
    FileKind("constraints", "rules/constraints.yaml", Constraints),
    FileKind("fairness", "rules/fairness.yaml", Fairness),
    FileKind("qa", "rules/qa.yaml", Quality),
    FileKind("approvers", "rules/approvers.yaml", Approvers),
    FileKind("personas", "rules/personas.yaml", Personas, is_of_nights=False),
    FileKind("delivery", "rules/delivery/*.yaml", Delivery),
    FileKind("approvals", "approvals.yaml", Approvals),
    FileKind("block", "templates/blocks/*.yaml", Block),
    *(FileKind(f"{channel} template", f"templates/{channel}/*.yaml", Template) for channel in CHANNELS),
)
"""In the order in which they are read; the first pattern that a path matches is its kind."""
