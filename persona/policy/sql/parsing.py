"""The text of a condition as a syntax tree, under bounds that no honest condition meets."""

from __future__ import annotations

import re

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from persona.policy.sql.terms import RefusedError

__all__ = ["parsed"]

MAX_CHARACTERS = 4_000
MAX_PARENTHESES = 60
MAX_NODES = 400
MAX_NESTED_WORDS = 60
"""NOT, CASE and signs, which nest without parentheses."""

_SPLIT = "Split it into several conditions."


def parsed(text: str) -> exp.Expr:
    """The syntax tree of the text.

    Raises: RefusedError where it is no SQL expression, or larger than any that people write.
    """
    if len(text) > MAX_CHARACTERS:
        raise _refused(f"the expression has {len(text):,} characters, more than {MAX_CHARACTERS:,}", 0, _SPLIT)
    tokens = _tokens(text)
    if not tokens:
        raise _refused("the expression is empty", 0, "Write an expression, as in: age_years >= 18.")
    _within_bounds(tokens)
    try:
        node = exp.maybe_parse(text, into=exp.Condition, dialect="duckdb")
    except ParseError as error:
        raise _syntax(error, text) from error
    except (SqlglotError, ValueError, TypeError, AttributeError, IndexError) as error:
        hint = "It reads like: age_years >= 18 AND NOT is_staff."
        raise _refused("this is not an SQL expression", 0, hint) from error
    count = sum(1 for _ in node.walk())
    if count > MAX_NODES:
        raise _refused(f"the expression has {count:,} pieces, more than {MAX_NODES:,}", 0, _SPLIT)
    return node


def _tokens(text: str) -> list[Token]:
    try:
        return list(DuckDB().tokenize(text))
    except SqlglotError as error:
        quote = text.rfind("'")
        hint = "Every quote needs its partner; a quote inside a text is written twice, as in 'O''Hara'."
        raise _refused("this is not an SQL expression: a quote is not closed", max(quote, 0), hint) from error


def _within_bounds(tokens: list[Token]) -> None:
    parentheses = sum(token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET) for token in tokens)
    if parentheses > MAX_PARENTHESES:
        raise _refused(f"the expression has {parentheses} parentheses, more than {MAX_PARENTHESES}", 0, _SPLIT)
    nesting = (TokenType.NOT, TokenType.CASE, TokenType.DASH, TokenType.PLUS)
    if sum(token.token_type in nesting for token in tokens) > MAX_NODES:
        raise _refused("the expression is nested too deep", 0, _SPLIT)
    for token in tokens:
        if token.comments:
            # A comment could hide the rest of a condition that YAML folds into one line.
            raise _refused("a comment stands in the condition", token.start, "Write it as a comment of YAML: # ...")
        if token.token_type == TokenType.SEMICOLON:
            raise _refused("; ends a statement: a condition is one expression", token.start, "Take it away.")


def _syntax(error: ParseError, text: str) -> RefusedError:
    told = error.errors[0] if error.errors else {}
    word, description = str(told.get("highlight") or ""), str(told.get("description") or "")
    offset = _offset(text, int(told.get("line") or 1), int(told.get("col") or 0)) - len(word)
    if "Expecting )" in description:
        what = f"a parenthesis is not closed before or after {word!r}"
    elif description.startswith("Required keyword"):
        what = f"something is missing after {word!r}"
    else:
        what = f"{word!r} does not fit here" if word else "something is missing"
    hint = "Look for a missing AND, comma, quote or parenthesis."
    return _refused(f"this is not an SQL expression: {what}", max(offset, 0), hint)


def _offset(text: str, line: int, column: int) -> int:
    """The index after the character at a line and column that count from 1."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    return starts[min(line, len(starts)) - 1] + column


def _refused(what: str, offset: int, hint: str) -> RefusedError:
    return RefusedError(what, exp.Null(), hint=hint, offset=offset)
