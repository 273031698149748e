"""The words that conditions compare columns with, wherever in an expression they stand."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from persona.policy.sql.parsing import parsed

__all__ = ["compared"]


def compared(text: str) -> Iterator[tuple[str, str]]:
    """Each column with each text that it is compared with, anywhere in an expression.

    What ``coalesce`` puts in the place of an unknown is no value of its column, and may be compared with.
    """
    for one in parsed(text).walk():
        sides: list[exp.Expr] = []
        if isinstance(one, exp.EQ | exp.NEQ):
            sides = [one.this, one.expression]
        elif isinstance(one, exp.In):
            sides = [one.this, *one.expressions]
        elif isinstance(one, exp.Case) and one.this is not None:
            sides = [one.this, *(branch.this for branch in one.args["ifs"])]
        words = [side.name for side in sides if _is_text(side)]
        for side in sides:
            known, instead = side.unnest(), list[str]()
            if isinstance(known, exp.Coalesce):
                instead = [other.name for other in known.expressions if _is_text(other)]
                known = known.this.unnest()
            if isinstance(known, exp.Column):
                yield from ((known.name, word) for word in words if word not in instead)


def _is_text(side: exp.Expr) -> bool:
    return isinstance(side, exp.Literal) and side.is_string
