import polars as pl

from persona.foundation.identity import LINKS, links_by_keys, overshared
from persona.policy.identity import Key

PHONE = Key(id="phone", fields=("phone", "name"), unless=("born",), max_records=3)
MAIL = Key(id="mail", fields=("mail",))


def records(*rows):
    columns = {"record_no": pl.Int64, "name": pl.String, "phone": pl.String, "mail": pl.String, "born": pl.String}
    return pl.DataFrame(rows, schema=columns, orient="row")


def test_records_that_share_a_key_are_linked_with_every_reason():
    rows = records((1, "ann", "+1", "a@x", None), (2, "ann", "+1", "a@x", None), (3, "ann", "+1", None, None))
    found = links_by_keys(rows, [PHONE, MAIL])
    assert found.schema == LINKS
    assert found.select("a", "b", "reason").rows() == [(1, 2, "mail + phone"), (1, 3, "phone"), (2, 3, "phone")]


def test_records_that_contradict_each_other_are_not_linked():
    rows = records((1, "ann", "+1", None, "1980"), (2, "ann", "+1", None, "1990"), (3, "ann", "+1", None, None))
    assert links_by_keys(rows, [PHONE]).select("a", "b").rows() == [(1, 3), (2, 3)]


def test_what_is_not_known_is_no_key():
    assert links_by_keys(records((1, "ann", None, None, None), (2, "ann", None, None, None)), [PHONE, MAIL]).is_empty()


def test_a_number_that_many_share_links_nobody_and_is_told():
    rows = records(*((no, "ann", "+1", None, None) for no in range(1, 5)))
    assert links_by_keys(rows, [PHONE]).is_empty()
    assert overshared(rows, [PHONE, MAIL]).rows() == [("phone", 1, 4, 4)]
