import duckdb
import pytest

from persona.linkage import comparisons, relatives
from persona.policy.identity import Comparable

FIELDS = {
    "first_name": Comparable(kind="name"),
    "last_name": Comparable(kind="name"),
    "born_on": Comparable(kind="date"),
    "phone": Comparable(kind="phone"),
    "email": Comparable(kind="email"),
    "address": Comparable(kind="address"),
    "postcode": Comparable(kind="postcode"),
    "city": Comparable(kind="place"),
}


def said(column, left, right):
    """The first level that holds of two values, as DuckDB finds it."""
    (one,) = [c for c in comparisons({column: FIELDS[column]}, [column]) if c.name == column]
    if _holds(one.unknown, column, left, right):
        return None
    return next((level.says for level in one.levels if _holds(level.sql, column, left, right)), one.differs)


def _holds(sql, column, left, right):
    query = f"SELECT {sql} FROM (SELECT ? AS {column}_l, ? AS {column}_r)"
    return duckdb.execute(query, [left, right]).fetchone()[0]


@pytest.mark.parametrize(
    ("column", "left", "right", "says"),
    [
        ("born_on", "1980-02-03", "1980-02-03", "same birthday"),
        ("born_on", "1980-02-03", "1980-03-02", "one slip in birthday"),
        ("born_on", "1980-02-03", "1980-02-04", "one slip in birthday"),
        ("born_on", "1980-02-03", "1980-02-17", "two parts the same of birthday"),
        ("born_on", "1980-02-03", "1971-11-17", "other birthday"),
        ("born_on", None, "1980-02-03", None),
        ("email", "ann@x.org", "ann@y.com", "same first part of e-mail"),
        ("phone", "+49171", "+49711", "one slip in phone"),
        ("address", "haupt str", "haupt st", "nearly the same street"),
        ("postcode", "20999", "20899", "one slip in postcode"),
    ],
)
def test_two_values_are_the_first_thing_that_they_can_be(column, left, right, says):
    assert said(column, left, right) == says


def test_names_and_places_that_depend_on_each_other_count_once():
    made = comparisons(FIELDS, [*FIELDS, "number"])
    assert [one.name for one in made] == ["names", "place", "born_on", "phone", "email", "address", "number"]


def test_a_field_that_is_known_of_nobody_is_not_compared():
    made = comparisons(FIELDS, ["last_name", "phone", "city"])
    assert [one.name for one in made] == ["last_name", "phone", "city"]


@pytest.mark.parametrize(
    ("left", "right", "birthdays", "are_two"),
    [
        ("anna muller", "karl muller", 0, True),
        ("anna muller", "karl muller", -1, True),
        ("anna muller", "karl muller", 3, False),
        ("anna muller", "karl muller", 2, False),
        ("anna muller", "karl weber", 1, True),
        ("anna muller", "a muller", 0, False),
        ("anna muller", "anna-maria muller", 0, False),
        ("maria anna muller", "anna muller", 0, False),
        ("anna muller", "muler ana", 0, False),
        ("anna muller", "ana muller", 0, False),
        ("anna muller", None, 0, False),
    ],
)
def test_two_of_one_home_are_told_by_their_given_names_unless_they_were_born_on_one_day(
    left, right, birthdays, are_two
):
    fields = {name: FIELDS[name] for name in ("first_name", "last_name", "born_on", "phone")}
    values = [part for text in (left, right) for part in (text.rsplit(" ", 1) if text else (None, "muller"))]
    sides = "? AS first_name_l, ? AS last_name_l, ? AS first_name_r, ? AS last_name_r, ? AS gamma_born_on"
    query = f"SELECT {relatives(fields, comparisons(fields, list(fields)))} FROM (SELECT {sides})"
    assert duckdb.execute(query, [*values, birthdays]).fetchone() == (are_two,)


def test_without_given_names_nobody_is_told_apart_by_them():
    assert relatives(FIELDS, comparisons(FIELDS, ["last_name", "phone"])) == "false"
