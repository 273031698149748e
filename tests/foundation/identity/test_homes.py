import polars as pl

from persona.foundation.identity import homes

BY = ("name", "street")


def made(rows, said, most=3):
    records = pl.DataFrame(rows, schema={"record_no": pl.Int64, "name": pl.String, "street": pl.String}, orient="row")
    persons = records.select("record_no", person_no="record_no")
    told = pl.DataFrame(said, schema={"record_no": pl.Int64, "household_id": pl.String}, orient="row")
    return homes(records, persons, told, by=BY, most=most).rows()


def test_persons_of_one_name_at_one_address_live_together_unless_the_bank_says_otherwise():
    rows = [(1, "berg", "a"), (2, "berg", "a"), (3, "berg", "b"), (4, "klein", "a"), (5, "berg", "a")]
    assert made(rows, []) == [(1, "home:1"), (2, "home:1"), (5, "home:1")]
    assert made(rows, [(5, "H7")]) == [(1, "H7"), (2, "H7"), (5, "H7")]


def test_an_address_of_many_is_no_household():
    assert made([(no, "berg", "home for the aged") for no in range(1, 5)], []) == []


def test_two_who_are_known_to_live_apart_stay_apart():
    assert made([(1, "berg", "a"), (2, "berg", "a")], [(1, "H1"), (2, "H2")]) == [(1, "H1"), (2, "H2")]
