from datetime import date

import pytest
from fakes.smallest import WORKSPACE, written

from persona.clock import AsOf
from persona.policy.policy import Policy
from persona.runs.languages import unspoken
from persona.runs.load import load
from persona.runs.plan import Night
from persona.store import Store

SOURCE = """\
source: people
files: "people_{date:%Y-%m-%d}.csv"
into: customers
delivery: snapshot
key: [id]
columns: {customer_id: {from: id}, language: {from: spoken}}
"""


@pytest.fixture
def told(tmp_path):
    """What is said of customers by the language they speak, by a bank of three languages with texts in English."""

    def tell(**customers):
        spoken = [word.replace("_", "-") for word, count in customers.items() for _ in range(count)]
        files = {
            "persona.yaml": WORKSPACE.replace("[en]", "[en, de, it]"),
            "rules/sources/people.yaml": SOURCE,
            "people_2026-06-30.csv": "id,spoken\n" + "".join(f"C{n},{word}\n" for n, word in enumerate(spoken)),
        }
        policy = Policy.load(written(tmp_path, **files))
        with Store.open(tmp_path, policy.workspace) as store:
            load(policy, store, root=tmp_path, progress=lambda *_: None)
            as_of = AsOf.at_start_of(date(2026, 7, 1), "Europe/Berlin")
            return unspoken(Night(policy, store, as_of, None, lambda *_: None)).rows()

    return tell


def test_customers_whose_language_no_template_has_are_counted_with_what_they_get_instead(told):
    assert told(en_GB=3, en=4, fr=21, FR=4, de=30) == [("de", 30, "en"), ("fr", 25, "en")]


def test_a_language_of_few_customers_is_not_named(told):
    assert told(fr=30, xx=19, tlh=1) == [("fr", 30, "en"), ("others", 20, "en")]


def test_where_every_language_is_spoken_or_none_is_known_nothing_is_told(told):
    assert told(en=3, en_US=2, **{"": 2}) == []
