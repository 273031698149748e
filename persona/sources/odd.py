"""Records whose quotes stand in odd places, read one by one and only where nothing is lost by it."""

from __future__ import annotations

import csv

from persona.sources.lines import Dialect

__all__ = ["fields_of"]

_REASONS = {
    "unexpected end of data": "a quote is not closed",
    "new-line character seen in unquoted field": "a quote is not closed",
    "field larger than field limit": "a value is longer than 131,072 characters",
}


def fields_of(record: bytes, dialect: Dialect) -> tuple[list[str] | None, str]:
    """The fields of one record, or None and the reason why it has none that can be trusted.

    >>> fields_of(b'1;5" pipe;x', Dialect(b";"))
    (['1', '5" pipe', 'x'], '')
    >>> fields_of(b'1;"half', Dialect(b";"))
    (None, 'a quote is not closed')
    """
    if b"\0" in record:
        return None, "holds a NUL"
    try:
        text = record.decode()
    except UnicodeDecodeError:
        return None, "is not text in the declared encoding"
    quote = dialect.quote.decode() if dialect.quote else None
    reader = csv.reader(
        [text],
        delimiter=dialect.delimiter.decode(),
        quotechar=quote,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        escapechar=dialect.escape.decode() if dialect.escape else None,
        skipinitialspace=dialect.trim and not dialect.delimiter.isspace(),
        strict=True,
    )
    try:
        return next(reader, []), ""
    except csv.Error as error:
        told = next((ours for theirs, ours in _REASONS.items() if str(error).startswith(theirs)), None)
        return None, told or "text follows a closing quote"
