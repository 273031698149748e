"""The contracts: what each table is, shared by every stage."""

from __future__ import annotations

from persona.tables.contract import Column, Contract, Frame, PolarsType
from persona.tables.foundation import CANONICAL, KNOWN, REFERENCE_PREFIX

__all__ = ["CANONICAL", "KNOWN", "REFERENCE_PREFIX", "Column", "Contract", "Frame", "PolarsType"]
