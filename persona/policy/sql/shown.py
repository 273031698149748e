"""A node as people write it: ``IS NOT NULL``, ``NOT IN``, ``DATE '2026-01-31'``."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.generators.duckdb import DuckDBGenerator

__all__ = ["shown"]


class _Writer(DuckDBGenerator):
    def not_sql(self, expression: exp.Not) -> str:
        """Put the NOT where it is read."""
        below = expression.this.unnest()
        one = self.sql(below, "this")
        if isinstance(below, exp.Is):
            return f"{one} IS NOT {self.sql(below, 'expression')}"
        if isinstance(below, exp.In):
            return f"{one} NOT IN ({self.expressions(below, flat=True)})"
        if isinstance(below, exp.Between):
            return f"{one} NOT BETWEEN {self.sql(below, 'low')} AND {self.sql(below, 'high')}"
        return str(super().not_sql(expression))

    def cast_sql(self, expression: exp.Cast, safe_prefix: str | None = None) -> str:
        """Write a date as a literal."""
        if expression.this.is_string and expression.is_type("date"):
            return f"DATE {self.sql(expression.this)}"
        return str(super().cast_sql(expression, safe_prefix))


def shown(node: exp.Expr) -> str:
    """The node as SQL text on one line."""
    return str(_Writer(dialect="duckdb", comments=False).generate(node))
