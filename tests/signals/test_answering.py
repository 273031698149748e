from datetime import date, datetime

import polars as pl

from persona.clock import AsOf
from persona.signals.answering import best_channel, usual_answers
from persona.tables import CANONICAL

AS_OF = AsOf.at_start_of(date(2026, 7, 1), "Europe/Berlin")
OUTCOMES = {"customer_no": pl.Int64} | {c.name: c.dtype for c in CANONICAL["outcomes"].columns}


def outcomes(*rows):
    blank = dict.fromkeys(OUTCOMES) | {"offer_id": "card"}
    made = []
    for number, channel, outcome, times, *more in rows:
        at = datetime(2026, 6, 1) if not more else more[0]  # noqa: DTZ001 - tables hold UTC without a zone
        row = blank | {"customer_no": number, "channel": channel, "outcome": outcome, "at": at}
        made += [row] * times
    return pl.DataFrame(made, schema=OUTCOMES)


BOOK = outcomes(
    *((1, "email", "sent", 8), (1, "email", "opened", 6), (1, "push", "sent", 2)),
    *((2, "email", "sent", 2), (2, "push", "sent", 2), (2, "push", "clicked", 2)),
    *((3, "sms", "sent", 2), (3, "sms", "opened", 1)),
)


def test_the_channel_on_which_he_reads_most_is_shrunken_to_the_books():
    usual = usual_answers(BOOK, as_of=AS_OF)
    assert usual.rows() == [("email", 0.6), ("push", 0.5), ("sms", 0.5)]
    found = best_channel(BOOK, usual, as_of=AS_OF)
    # 1 by e-mail: (6 + 8 * .6) / 16, by push (0 + 4) / 10. 2 by push: (2 + 4) / 10, by e-mail 4.8 / 10. 3: too few.
    assert found.rows() == [(1, "email", 0.675), (2, "push", 0.6)]


def test_what_comes_later_and_what_the_control_group_did_is_not_known():
    later = outcomes((2, "email", "opened", 2, datetime(2026, 7, 2)))  # noqa: DTZ001 - tables hold UTC without a zone
    held = outcomes((2, "email", "accepted", 2)).with_columns(arm=pl.lit("holdout"))
    usual = usual_answers(BOOK, as_of=AS_OF)
    assert best_channel(pl.concat([BOOK, later, held]), usual, as_of=AS_OF).rows()[1] == (2, "push", 0.6)


def test_more_answers_than_messages_are_as_many_as_the_messages():
    one = outcomes((1, "email", "sent", 3), (1, "email", "opened", 9))
    assert best_channel(one, usual_answers(one, as_of=AS_OF), as_of=AS_OF).rows() == [(1, "email", 1.0)]
