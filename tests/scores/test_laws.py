"""What no score may depend on: how customers are numbered, what categories are called, which day it is."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from persona.scores import chances, fit_affinity, fit_attrition, fit_next_purchase, fit_value, folded, occasions
from persona.scores.gates import auc

CLOSE = 1e-9


@pytest.fixture(scope="module")
def spent(sample):
    """A third of the sample's purchases, each with an amount."""
    rows = sample.bought.filter(pl.col("customer_no") % 3 == 0)
    return rows.with_columns(spent_minor=500 + pl.col("customer_no") * 13 % 700 + pl.col("booked_on").dt.day() * 10)


def fits(bought, as_of):
    """The numbers of each model over occasions that was fitted."""
    seen = occasions(bought["customer_no"].unique().to_numpy(), bought, as_of=as_of)
    made = (
        fit_attrition(seen, as_of=as_of)[1],
        fit_value(seen, as_of=as_of)[1],
        fit_next_purchase(seen, as_of=as_of, what="all")[1],
    )
    return [list(leaves(card.numbers)) for card in made]


def leaves(numbers):
    """The plain numbers of a card, in their order."""
    inner = numbers.values() if isinstance(numbers, dict) else numbers
    for one in inner:
        if isinstance(one, dict | list | tuple):
            yield from leaves(one)
        else:
            yield one


def test_another_numbering_of_the_customers_changes_no_model(sample, spent):
    before = fits(spent, sample.as_of)
    turned = spent.with_columns(customer_no=7_000 - pl.col("customer_no"))
    assert [len(one) > 0 for one in before] == [True] * 3
    assert fits(turned, sample.as_of) == [pytest.approx(one, abs=CLOSE, rel=1e-6) for one in before]


def test_other_days_and_another_order_of_rows_change_no_model(sample, spent):
    later = spent.reverse().with_columns(pl.col("booked_on") + timedelta(days=123))
    assert fits(later, sample.as_of + timedelta(days=123)) == fits(spent, sample.as_of)


def test_other_names_of_categories_change_no_affinity(sample):
    names = {leaf: f"zz{number}" for number, leaf in enumerate(reversed(sample.leaves)) if "." not in leaf}
    called = {**{leaf: leaf for leaf in sample.leaves}, **names}
    bought = sample.bought.with_columns(pl.col("category").replace_strict(called))
    words = sorted({*called.values(), "travel"})
    model = fit_affinity(sample.customers, bought, as_of=sample.as_of, categories=words)
    state = folded(sample.customers, bought, leaves=model.leaves)
    order = [model.leaves.index(called[leaf]) for leaf in sample.leaves]
    now = chances(state, model, as_of=sample.as_of)[:, order]
    # Probabilities are rounded to 6 digits, so that a difference in the ninth may turn the sixth.
    assert np.abs(now - chances(sample.state, sample.model, as_of=sample.as_of)).max() <= 1e-6 + CLOSE
    assert model.fit.coefficients[0] == pytest.approx(sample.model.fit.coefficients[0], abs=1e-8)


def test_affinity_cannot_tell_who_buys_where_buyers_are_drawn_by_lot(sample):
    start, month = sample.as_of - timedelta(days=90), sample.as_of - timedelta(days=30)
    late = pl.col("booked_on") >= start
    recent = sample.bought.filter(late)
    drawn = recent.with_columns(customer_no=np.random.default_rng(3).choice(sample.customers, recent.height))
    bought = pl.concat([sample.bought.filter(~late), drawn])
    model = fit_affinity(sample.customers, bought, as_of=month, categories=sample.words)
    before, after = bought.filter(pl.col("booked_on") < month), bought.filter(pl.col("booked_on") >= month)
    told = chances(folded(sample.customers, before, leaves=sample.leaves), model, as_of=month)
    came = folded(sample.customers, after, leaves=sample.leaves).seen.astype(float)
    ranks = [auc(told[:, leaf], came[:, leaf]) for leaf in range(len(sample.leaves))]
    assert float(np.mean(ranks)) == pytest.approx(0.5, abs=0.02)


def test_attrition_cannot_tell_who_stays_where_buyers_are_drawn_by_lot(spent, sample):
    everyone = spent["customer_no"].unique().sort().to_numpy()
    drawn = spent.with_columns(customer_no=np.random.default_rng(8).choice(everyone, spent.height))
    _, card = fit_attrition(occasions(everyone, drawn, as_of=sample.as_of), as_of=sample.as_of)
    assert card.measured.ranks == pytest.approx(0.5, abs=0.05)
