from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from persona.scores.affinity_features import TERMS, features
from persona.scores.affinity_state import day_number
from persona.scores.reasons import drivers


def told(sample, customer_no, category, language="en"):
    return drivers(
        sample.state, sample.model, as_of=sample.as_of, customer_no=customer_no, category=category, language=language
    )


def buyers(sample, leaf):
    return set(sample.bought.filter(pl.col("category") == leaf)["customer_no"])


def test_who_buys_it_most_is_told_so_first_in_his_language(sample):
    fuel = sample.bought.filter(pl.col("category") == "fuel")["customer_no"].value_counts().sort("count", "customer_no")
    most = fuel["customer_no"][-1]
    first = told(sample, most, "fuel")[0]
    assert (first.term, first.says) == ("recent purchases", "bought it often of late")
    assert told(sample, most, "fuel", "de-AT")[0].says == "hat es zuletzt oft gekauft"


def test_who_never_flew_but_sleeps_in_hotels_is_told_what_goes_with_it(sample):
    sleepers = buyers(sample, "travel.hotel") - buyers(sample, "travel.air")
    reasons = {driver.term: driver.says for driver in told(sample, min(sleepers), "travel.air")}
    assert reasons["bought alongside"] == "buys what goes with it, such as travel.hotel"


def test_the_strongest_term_comes_first_and_a_group_speaks_through_a_leaf(sample):
    reasons = told(sample, 1, "travel")
    assert reasons in (told(sample, 1, "travel.air"), told(sample, 1, "travel.hotel"))
    assert sorted(reasons, key=lambda driver: -abs(driver.log_odds)) == list(reasons)
    assert {driver.term for driver in reasons} <= set(TERMS)


def test_the_reasons_together_are_the_whole_way_from_the_mean_and_say_what_is_so(sample):
    day, weights = day_number(sample.as_of), np.array(sample.model.fit.coefficients[0][1:])
    terms = features(sample.state, sample.model.numbers, day=day)
    for customer_no in sorted(buyers(sample, "fuel"))[:20]:
        at = int(np.searchsorted(sample.state.customers, customer_no))
        apart = terms[at, sample.leaves.index("fuel")] - sample.model.average[0]
        reasons = {one.term: one for one in told(sample, customer_no, "fuel")}
        assert sum(one.log_odds for one in reasons.values()) == pytest.approx(float(weights @ apart), abs=1e-5)
        short, long = (float(apart[TERMS.index(name)]) for name in ("active now", "active for long"))
        assert ("more" in reasons["active now"].says) == (short > long)
        assert ("much" in reasons["active for long"].says) == (long > 0)


@pytest.mark.parametrize(("customer_no", "category"), [(9_999, "fuel"), (1, "unheard")])
def test_nobody_and_nothing_have_no_reasons(sample, customer_no, category):
    with pytest.raises(KeyError):
        told(sample, customer_no, category)


def test_who_has_bought_nothing_for_long_is_told_so(sample):
    fit = replace(sample.model.fit, silence=(-2.0, -1.0, 0.0))
    later = sample.as_of + timedelta(days=360)
    model = replace(sample.model, fit=fit)
    one = min(buyers(sample, "fuel"))
    reasons = drivers(sample.state, model, as_of=later, customer_no=one, category="fuel")
    silence = next(driver for driver in reasons if driver.term == "silence")
    since = int(day_number(later) - sample.state.last[np.searchsorted(sample.state.customers, one)])
    assert silence.says == "has bought nothing for long"
    assert silence.log_odds == pytest.approx(-2 - np.log(since / 180), abs=1e-6)


def test_who_never_bought_is_told_so_and_a_term_that_counts_the_other_way_is_no_reason(sample):
    fit = replace(sample.model.fit, silence=(0.0, 0.0, -3.0))
    nobody = replace(sample.state, first=np.full_like(sample.state.first, 2**31 - 1))
    model = replace(sample.model, fit=fit)
    reasons = drivers(nobody, model, as_of=sample.as_of, customer_no=1, category="fuel")
    assert ("never", -3.0, "has never bought anything") in [(one.term, one.log_odds, one.says) for one in reasons]
    bought, never = fit.coefficients
    other = tuple((*one[:2], -0.5, *one[3:]) for one in (bought, never))
    turned = replace(model, fit=replace(fit, coefficients=other))
    told = drivers(sample.state, turned, as_of=sample.as_of, customer_no=1, category="fuel")
    assert {one.term for one in told if not one.is_reason} >= {"common"}
