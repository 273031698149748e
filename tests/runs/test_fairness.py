"""A campaign that treats a watched group otherwise does not leave, unless somebody answers for it."""

import pytest
from fakes import bank, nights

FAIRNESS = """\
watched:
  - {id: age, by: "if(age_years >= 45, 'from 45', 'under 45')", source: law}
products: [deposit]
least: 10
max_proxy_auc: 1
"""
OVERRIDE = """\
overrides:
  - {watched: age, measures: [impact_ratio, mean_difference], reason: by intent, who: ann, until: 2026-12-31}
"""
BIASED = "\nsuitability:\n  - {id: young, when: age_years < 45, source: Playbook}\n"


@pytest.fixture
def tiny(fresh):
    catalog = bank.CATALOG
    for group, products in (("travel", "[]"), ("savings", "[deposit]"), ("service", "[]")):
        catalog = catalog.replace(f"  {group}: {{issue:", f"  {group}: {{regulated_as: {products}, issue:")
    bank.write(fresh / "rules/offers/catalog.yaml", catalog.lstrip("\n").encode())

    def written(fairness, *, is_biased=True):
        bank.write(fresh / "rules/fairness.yaml", fairness.encode())
        for name in ("saver", "tips") if is_biased else ():
            bank.write(fresh / f"rules/offers/{name}.yaml", (bank.OFFERS[name].strip("\n") + BIASED).encode())
        assert nights.persona(fresh, *nights.APPROVED).code == 0
        return fresh

    return written


def test_a_breach_stops_the_night_before_anything_is_written(tiny):
    root = tiny(FAIRNESS)
    ended = nights.persona(root, "run")
    assert ended.code == 5
    assert "saver: the impact ratio of age from 45 is 0.0" in ended.err
    notes, _, gate = ended.err.partition("persona: ")
    assert "\nModel affinity, not trusted as it is: 60 days of history, 92 are needed" in notes
    assert (
        "\nModel patterns, not trusted as it is: fewer than 200 customers buy enough to tell. Used: nothing." in notes
    )
    assert "Model" not in gate
    assert not (root / "out").exists()
    assert nights.persona(root, "status", "--json").json.get("runs", []) == []


def test_an_override_lets_it_leave_and_is_written_down(tiny):
    ended = nights.persona(tiny(FAIRNESS + OVERRIDE), "run", "--json")
    assert ended.code == 0
    breaches = ended.json["fairness"]["breaches"]
    assert {one["override"]["who"] for one in breaches} == {"ann"}


def test_a_warning_is_told_and_stops_nothing(tiny):
    ended = nights.persona(tiny(FAIRNESS + "severity: warn\n"), "run")
    assert ended.code == 0
    assert "impact_ratio of age from 45 is 0.0; nobody answers for it." in ended.out


def test_a_condition_that_reads_a_watched_group_stands_in_for_it(tiny):
    found = nights.persona(tiny(FAIRNESS), "models", "--json").json["proxies"]
    assert {(one["offer"], one["group"]) for one in found} == {("saver", "under 45"), ("tips", "under 45")}
