from datetime import date, datetime

import polars as pl
import pytest

from persona.scores.answers import contacts, past_of
from persona.scores.propensity import responses
from persona.tables import CANONICAL

AS_OF = date(2026, 7, 1)
OUTCOMES = {"customer_no": pl.Int64} | {c.name: c.dtype for c in CANONICAL["outcomes"].columns}


def told(*rows):
    blank = dict.fromkeys(OUTCOMES) | {"offer_id": "card", "channel": "email", "customer_no": 1}
    made = [blank | dict(zip(("outcome", "at"), row, strict=True)) for row in rows]
    return pl.DataFrame([row | {"at": datetime.fromisoformat(row["at"])} for row in made], schema=OUTCOMES)


def test_an_answer_belongs_to_the_contact_before_it_even_where_that_is_young():
    rows = told(("sent", "2026-06-01"), ("sent", "2026-06-20"), ("accepted", "2026-06-25"), ("accepted", "2026-06-22"))
    found = contacts(rows, as_of=AS_OF).select("on", "accepted_on").rows()
    assert found == [(date(2026, 6, 1), None), (date(2026, 6, 20), date(2026, 6, 22))]
    phases = pl.DataFrame({"customer_no": [1], "lifecycle": ["steady"]})
    assert responses(rows, phases, as_of=AS_OF).rows() == [("card", "steady", 1, 0)]


CONTACTS = contacts(
    told(("sent", "2026-05-01"), ("accepted", "2026-05-10"), ("sent", "2026-06-01"), ("accepted", "2026-06-28")),
    as_of=AS_OF,
)


@pytest.mark.parametrize(
    ("day", "closed", "accepted"),
    [
        (date(2026, 5, 1), 0, 0),
        (date(2026, 5, 10), 0, 0),
        (date(2026, 5, 11), 1, 1),
        (date(2026, 6, 14), 1, 1),
        (date(2026, 6, 15), 2, 1),
        (date(2026, 6, 29), 2, 2),
    ],
)
def test_what_is_known_of_earlier_contacts_is_what_was_known_before_the_day(day, closed, accepted):
    rows = pl.DataFrame({"customer_no": [1, 2], "on": [day, day]})
    past = past_of(rows, CONTACTS)
    assert (past.closed.tolist(), past.accepted.tolist()) == ([closed, 0], [accepted, 0])
