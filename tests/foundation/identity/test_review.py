import polars as pl
import pytest

from persona.errors import ExtractError
from persona.foundation.identity import decided, masked, reviewable
from persona.policy.identity import Comparable

LINKS = {"a": pl.Int64, "b": pl.Int64, "weight": pl.Float64, "probability": pl.Float64, "outcome": pl.String}
MEMBERS = pl.DataFrame({"record_no": [1, 2, 3, 4], "first": [1, 1, 3, 4]})


def asked(*links):
    rows = pl.DataFrame(links, schema=LINKS, orient="row")
    return reviewable(rows, MEMBERS, accept=0.9).select("a", "b").rows()


def test_the_most_probable_pair_of_two_persons_is_asked_about_once():
    assert asked((1, 3, 2.0, 0.5, "grey"), (2, 3, 3.0, 0.7, "grey"), (3, 4, 1.0, 0.3, "grey")) == [(2, 3), (3, 4)]


def test_nobody_is_asked_about_one_person_or_about_what_is_cut():
    assert asked((1, 2, 2.0, 0.5, "grey"), (3, 4, 9.0, 0.99, "cut")) == []


def test_a_link_that_was_refused_for_the_size_of_the_person_is_asked_about():
    assert asked((3, 4, 9.0, 0.99, "too many")) == [(3, 4)]


def test_masked_values_can_be_told_apart_and_not_read():
    fields = {
        n: Comparable(kind=k) for n, k in (("name", "name"), ("phone", "phone"), ("mail", "email"), ("on", "date"))
    }
    rows = pl.DataFrame({"record_no": [1], "name": ["jorg muller"], "phone": ["+491713920042"], "mail": ["ann@x.org"]})
    shown = masked(rows.with_columns(on=pl.date(1980, 2, 3)), fields)
    assert shown.rows() == [(1, "jo• mu•", "•••42", "a•••@x•••", "1980-••-••")]


def rows(*said):
    return pl.DataFrame(said, schema=dict.fromkeys(("customer_a", "customer_b", "decision"), pl.String), orient="row")


def test_decisions_are_read_in_any_case_and_empty_cells_wait():
    told = decided(rows(("K2", "K1", " Same "), ("K1", "K3", "different"), ("K1", "K4", None)), file="review.csv")
    assert told.rows() == [("K1", "K2", "same"), ("K1", "K3", "different")]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ([("K1", "K2", "yes")], "First at line 2"),
        ([("K1", None, "same")], "in 1 of 1 rows"),
        ([("K1", "K2", "same"), ("K2", "K1", "different")], "in two ways"),
    ],
)
def test_what_is_no_decision_is_refused_with_its_line(said, says):
    with pytest.raises(ExtractError, match=says):
        decided(rows(*said), file="review.csv")


def test_a_file_without_decisions_is_refused():
    with pytest.raises(ExtractError, match="has no column decision"):
        decided(rows().drop("decision"), file="review.csv")
