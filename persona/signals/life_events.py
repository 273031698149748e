"""Life events: what in a customer's regular money says that he moved, had a child, earns more or has retired.

Each is a rule that a person can check, over bookings of the last half year, and tells the day on which it showed first.
"""

from __future__ import annotations

from datetime import date

import polars as pl

__all__ = ["LIFE_DATES", "life_dates", "life_events", "tells"]

_SEEN_DAYS = 180
_LEAST_BEFORE, _LEAST_AFTER = 3, 2
_HANDOVER_DAYS = 75
"""Between the last payment to the old and the first to the new: two months and some days."""
_KNOWN_DAYS = 150
"""How long a customer must be known before that something new is new to him, and not only to the bank."""
_STOPPED_DAYS = 35
_SMALL_SHARE = 0.25
"""A family allowance is a small part of what else comes in; a benefit in place of a salary is not."""
_RISE_PERCENT = 5
_INCOMES = ("salary", "pension")

LIFE_DATES = ("moved_on", "child_on", "pay_rise_on", "retired_on")


def tells() -> pl.Expr:
    """Whether a booking is of the regular money that ``life_events`` reads."""
    is_named = pl.coalesce("counterparty", "merchant").is_not_null()
    is_regular = (pl.col("category") == "rent") | pl.col("kind").is_in((*_INCOMES, "benefit"))
    return is_named & is_regular.fill_null(value=False)


def life_dates(bookings: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """What has changed in the lives of the customers, as far as their money shows it, and when it showed last.

    moved: the rent goes to another landlord, and the one before is paid no more; child: a small benefit comes from an
    office that never paid before, while the salary goes on; pay_rise: the salary of two months or more is 5 % or more
    above all that it was; retired: a pension has come in the place of a salary. A lease that ends is in the holdings.

    Grain: one row a customer to whom one of them happened, sorted. Reads: of what ``foundation.bookings`` makes
    the rows that ``tells`` chooses; ``known_since`` of each customer, the day of his first booking of any kind.
    Makes: ``moved_on``, ``child_on``, ``pay_rise_on``, ``retired_on`` (the day on which it showed first; of many the
    newest). They follow from his bookings alone: who has no new ones has the same.
    """
    paid = bookings.with_columns(party=pl.coalesce("counterparty", "merchant")).drop_nulls("party")
    found = {"moved": _moved(paid), "child": _child(paid, known), "pay_rise": _raised(paid), "retired": _retired(paid)}
    newest = [
        events.group_by("customer_no").agg(pl.col("on").max().alias(f"{name}_on")) for name, events in found.items()
    ]
    long = pl.concat(newest, how="diagonal")
    return long.group_by("customer_no").agg(pl.col(name).max() for name in LIFE_DATES).sort("customer_no")


def life_events(dates: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """How long ago each change in a customer's life showed.

    Grain: one row a customer to whom one happened in 180 days, sorted. Reads: what ``life_dates`` makes.
    Makes: ``moved_days``, ``child_days``, ``pay_rise_days``, ``retired_days`` (days since it showed first; 1 is the day
    before ``as_of``; null: did not show in 180 days).
    Measured on the sample bank against its truth file: `bench/quality/life_events.py`. Not to be trusted where
    customers keep their accounts elsewhere; never a reason to refuse credit.
    """
    age = {name: (pl.lit(as_of) - pl.col(name)).dt.total_days() for name in LIFE_DATES}
    days = {
        f"{name.removesuffix('_on')}_days": pl.when(one.is_between(1, _SEEN_DAYS)).then(one)
        for name, one in age.items()
    }
    told = dates.select("customer_no", **days).filter(pl.any_horizontal(pl.col(*days).is_not_null()))
    return told.sort("customer_no")


def _parties(paid: pl.DataFrame, is_it: pl.Expr) -> pl.DataFrame:
    """Each other side of the bookings: when first and last, how often, and how much in the middle."""
    return (
        paid.filter(is_it)
        .group_by("customer_no", "party")
        .agg(
            on=pl.col("booked_on").min(),
            last_on=pl.col("booked_on").max(),
            times=pl.len(),
            usual_minor=pl.col("amount_minor").abs().median(),
        )
    )


def _moved(paid: pl.DataFrame) -> pl.DataFrame:
    rents = _parties(paid, (pl.col("category") == "rent") & (pl.col("amount_minor") < 0))
    former = rents.filter(pl.col("times") >= _LEAST_BEFORE).select("customer_no", old="party", old_last_on="last_on")
    both = rents.join(former, on="customer_no").filter(pl.col("party") != pl.col("old"))
    between = (pl.col("on") - pl.col("old_last_on")).dt.total_days()
    return both.filter(between.is_between(1, _HANDOVER_DAYS)).select("customer_no", "on")


def _child(paid: pl.DataFrame, first_known: pl.DataFrame) -> pl.DataFrame:
    benefits = _parties(paid, (pl.col("kind") == "benefit") & (pl.col("amount_minor") > 0))
    incomes = _parties(paid, pl.col("kind").is_in(_INCOMES) & (pl.col("amount_minor") > 0))
    ongoing = incomes.filter(pl.col("times") >= _LEAST_BEFORE).select(
        "customer_no", income_last_on="last_on", income_minor="usual_minor"
    )
    new = benefits.join(first_known, on="customer_no").filter(
        (pl.col("times") >= _LEAST_AFTER)
        & ((pl.col("on") - pl.col("known_since")).dt.total_days() >= _KNOWN_DAYS)
        & (pl.len().over("customer_no") == 1)
    )
    beside = new.join(ongoing, on="customer_no").filter(
        (pl.col("income_last_on") > pl.col("on")) & (pl.col("usual_minor") <= _SMALL_SHARE * pl.col("income_minor"))
    )
    return beside.select("customer_no", "on")


def _raised(paid: pl.DataFrame) -> pl.DataFrame:
    """The first month at the pay of now, by the greatest payment of each month: a bonus beside it is no rise."""
    payer = ["customer_no", "party"]
    monthly = (
        paid.filter((pl.col("kind") == "salary") & (pl.col("amount_minor") > 0))
        .sort(*payer, "booked_on", "amount_minor")
        .group_by(*payer, month=pl.col("booked_on").dt.truncate("1mo"), maintain_order=True)
        .agg(pl.col("booked_on").last(), pl.col("amount_minor").max())
        .sort(*payer, "month")
    )
    now = pl.col("amount_minor").last().over(payer)
    # In whole hundredths, so that no rounding decides.
    is_less = 100 * now >= (100 + _RISE_PERCENT) * pl.col("amount_minor")
    is_same = (100 * pl.col("amount_minor") < (100 + _RISE_PERCENT) * now) & ~is_less
    judged = monthly.with_columns(is_less=is_less, is_same=is_same)
    after = pl.col("is_less").reverse().cum_max().reverse().over(payer)
    levels = (
        judged.with_columns(is_now=~after & pl.col("is_same"))
        .group_by(payer)
        .agg(
            on=pl.col("booked_on").filter("is_now").min(),
            times=pl.col("is_now").sum(),
            before=pl.col("is_less").sum(),
            months=pl.len(),
        )
    )
    steady = (pl.col("times") + pl.col("before") == pl.col("months")) & (pl.col("before") >= _LEAST_BEFORE)
    return levels.filter(steady & (pl.col("times") >= _LEAST_AFTER)).select("customer_no", "on")


def _retired(paid: pl.DataFrame) -> pl.DataFrame:
    pensions = _parties(paid, (pl.col("kind") == "pension") & (pl.col("amount_minor") > 0))
    salaries = _parties(paid, (pl.col("kind") == "salary") & (pl.col("amount_minor") > 0))
    worked = (
        salaries.filter(pl.col("times") >= _LEAST_BEFORE)
        .group_by("customer_no")
        .agg(paid_until=pl.col("last_on").max(), paid_since=pl.col("on").min())
    )
    begun = pensions.filter(pl.col("times") >= _LEAST_AFTER).join(worked, on="customer_no")
    ended = (pl.col("paid_until") - pl.col("on")).dt.total_days() <= _STOPPED_DAYS
    return begun.filter(ended & (pl.col("paid_since") < pl.col("on"))).select("customer_no", "on")
