"""The optimizer: prices of shared constraints, a whole plan under them, and a bound that proves it."""

from __future__ import annotations

from persona.decisions.optimizer.greedy import Peer, greedy
from persona.decisions.optimizer.problem import Book, Bucket, Rows
from persona.decisions.optimizer.solution import Infeasible, Solution
from persona.decisions.optimizer.solve import solve

__all__ = ["Book", "Bucket", "Infeasible", "Peer", "Rows", "Solution", "greedy", "solve"]
