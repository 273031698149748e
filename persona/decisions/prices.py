"""Price ladders: what each price is worth with each customer, which of them are open to him, and which one he is told.

The price is chosen within the action column by value first. Where prices of one band may differ by so much at most,
the band's prices are first narrowed to the window in which the book is worth most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.decisions.lots import drawn_prices, with_draws
from persona.decisions.value import Reader, minor
from persona.policy.actions import Action
from persona.policy.catalog import Offer
from persona.policy.prices import COLUMN, Band, Ladder
from persona.tables.decisions import PRICES

__all__ = ["CURVES", "Priced", "answered", "are_narrowed", "key", "price_factors", "priced", "with_prices"]

CURVES = pl.Schema({"offer_id": pl.String, "segment": pl.String, "slope": pl.Float64, "usual": pl.Float64})
"""How prices are answered, as the scores make it: by offer and segment (null: everybody else) the log-odds from the
worst price to the best, and where between them the prices lay that the propensity was learnt from."""

_LEAST, _MOST = 1e-9, 1 - 1e-9
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Of = tuple[str, str]
"""An offer and a band of its rate table."""
Window = tuple[int, ...]
"""Places on a ladder."""


@dataclass(frozen=True)
class Priced:
    """The proposals with one price each, and how that came about."""

    proposals: pl.DataFrame
    closed: pl.DataFrame
    """``customer_no``, ``action``: known pairs of which parity has left no price."""
    prices: pl.DataFrame
    """``tables.decisions.PRICES``."""
    windows: Mapping[Of, Window]
    """Which points parity has left each band of an offer."""
    worths: Mapping[tuple[Of, Window], int]
    """What each window adds, thousandths of a minor unit."""

    def promise(self, others: Mapping[Of, Window]) -> int:
        """How much more its windows are worth than others, at the prices under which they were chosen."""
        return sum(self.worths[band, window] - self.worths[band, others[band]] for band, window in self.windows.items())


def key(offer: Offer, point: int | None) -> str:
    """By what the columns of an offer's price are called: ``<offer>@<point>``, or the offer where it has one price."""
    return offer.offer if offer.price is None or point is None else f"{offer.offer}@{offer.price.points[point].id}"


def price_factors(profile: pl.DataFrame, offer: Offer, curves: pl.DataFrame, read: Reader) -> Iterator[pl.Series]:
    """What each price of an offer's ladder comes to, a row a row of ``profile``.

    Makes: of each point ``worth_<offer>@<point>`` (Int64, minor units), ``shift_<offer>@<point>`` (log-odds that it
    adds to the propensity), ``open_<offer>@<point>`` (whether he may be told it), ``loss_<offer>@<point>`` where the
    offer says what is lost; and ``band_<offer>`` (place in the rate table; null: not known, and nothing is open).
    Without a curve the open point nearest to the base price alone stays open.
    """
    ladder = offer.price
    if ladder is None:
        return
    band, allowed = _bands(profile, offer, ladder, read), []
    slope, usual = _answers(profile, offer, curves, read)
    for number, point in enumerate(ladder.points):
        here, name = profile.with_columns(pl.lit(float(point.price)).alias(COLUMN)), key(offer, number)
        yield here.select(minor(read(offer, "worth").expr).alias(f"worth_{name}"))[f"worth_{name}"]
        if offer.expected_loss:
            loss = read(offer, "expected_loss").expr.cast(pl.Float64).alias(f"loss_{name}")
            yield here.with_columns(loss)[f"loss_{name}"]
        may = read(offer, "price", "when").expr if ladder.when else pl.lit(value=True)
        is_met = here.with_columns(may.fill_null(value=False).alias("met"))["met"].to_numpy()
        rows = [row.allows(point.price) for row in ladder.bands_or_all]
        of_band = np.array([*rows, False])[np.where(band < 0, len(rows), band)]
        allowed.append(is_met & of_band)
        yield pl.Series(f"shift_{name}", np.nan_to_num(slope) * (ladder.attraction[number] - usual))
    is_open = _nearest(ladder, allowed, np.isnan(slope))
    for number, flags in enumerate(is_open):
        yield pl.Series(f"open_{key(offer, number)}", flags)
    known = pl.Series(f"band_{offer.offer}", band)
    yield known.set(known < 0, None).cast(pl.UInt8)


def _bands(profile: pl.DataFrame, offer: Offer, ladder: Ladder, read: Reader) -> Whole:
    """The row of the rate table that holds each customer; -1: none that is known."""
    if ladder.bands is None:
        return np.zeros(profile.height, dtype=np.int64)
    by = read(offer, "price", "bands", "by").expr
    held = profile.with_columns(by=by).select(
        _holds(row).fill_null(value=False).alias(str(number)) for number, row in enumerate(ladder.bands.table)
    )
    flags = held.to_numpy()
    result: Whole = np.where(flags.any(axis=1), flags.argmax(axis=1), -1).astype(np.int64)
    return result


def _holds(row: Band) -> pl.Expr:
    by = pl.col("by")
    if row.values:
        return by.is_in(row.values)
    begun = by >= float(row.from_) if row.from_ is not None else by.is_not_null()
    return begun & (by < float(row.until)) if row.until is not None else begun


def _answers(profile: pl.DataFrame, offer: Offer, curves: pl.DataFrame, read: Reader) -> tuple[Floats, Floats]:
    """The slope of each customer's curve (NaN: there is none) and the usual price that it starts from."""
    mine = curves.filter(pl.col("offer_id") == offer.offer)
    by = read(offer, "price", "response", "by").expr if offer.price and offer.price.response.by else pl.lit(None)
    segment = profile.select("customer_no", segment=by.cast(pl.String))
    told = segment.join(mine.drop_nulls("segment"), on="segment", how="left", maintain_order="left")
    rest = mine.filter(pl.col("segment").is_null()).select("slope", "usual")
    slope, usual = rest.row(0) if rest.height else (None, 0.0)
    return (
        told["slope"].fill_null(float("nan") if slope is None else slope).to_numpy(),
        told["usual"].fill_null(usual).to_numpy(),
    )


def _nearest(ladder: Ladder, allowed: Sequence[Flags], is_unanswered: Flags) -> list[Flags]:
    """What is allowed; where answers are not known only the allowed point nearest to the base, of two the better."""
    order = sorted(range(len(allowed)), key=lambda at: (abs(ladder.attraction[at]), -ladder.attraction[at]))
    taken = np.zeros_like(is_unanswered)
    result = list(allowed)
    for at in order:
        result[at] = allowed[at] & ~(is_unanswered & taken)
        taken |= allowed[at]
    return result


def answered(chance: Floats, shift: Floats) -> Floats:
    """A propensity at another price: its log-odds moved by ``shift``; NaN stays NaN, and 0 moves nothing."""
    bounded = np.clip(chance, _LEAST, _MOST)
    odds = np.log(bounded / (1 - bounded)) + shift
    moved = 1 / (1 + np.exp(-odds))
    return np.where(shift == 0, chance, moved)


def are_narrowed(actions: Sequence[Action]) -> bool:
    """Whether parity leaves the prices of a ladder several windows to choose from."""
    ladders = [one.offer.price for one in actions if one.offer.price and one.offer.price.parity is not None]
    return any(len(list(one.windows(band))) > 1 for one in ladders for band in one.bands_or_all)


def priced(proposals: pl.DataFrame, actions: Sequence[Action], asked: Whole | None = None) -> Priced:
    """The proposals of the whole book, of each pair of customer and action the price that is worth most.

    Grain: one row a customer and action, in the order of ``proposals``, in which a customer's rows stand together,
    those of a slot by falling value; of equal values the price that is better for the customer is told. ``rank`` is
    counted anew. Reads: ``point``, ``band``; ``asked``, what the book's constraints ask for each proposal, in
    thousandths, which is taken off before windows are compared. Source: within a window each customer is at his best,
    so that its worth to the book is a sum over customers, and the best window is found by trying each: the optimum
    where nothing else is shared, or where what is shared has its price. Whose prices are drawn by lot has one of the
    window instead, as ``lots`` says.
    """
    ladders = {one.offer.offer: one.offer.price for one in actions if one.offer.price}
    keys = {"customer_no": pl.Int64, "action": pl.Int16}
    chosen_all = proposals.with_columns(price_lot=pl.lit(None, pl.Float64))
    if not ladders:
        return Priced(chosen_all, pl.DataFrame(schema=keys), pl.DataFrame(schema=PRICES.schema), {}, {})
    book = _Rows.of(proposals, asked)
    has_lots = "lot" in proposals.columns and proposals["lot"].count() > 0
    is_told, is_closed = book.point < 0, np.zeros(proposals.height, dtype=np.bool_)
    rows, draws = [], {}
    windows: dict[Of, Window] = {}
    worths: dict[tuple[Of, Window], int] = {}
    for name in sorted(ladders):
        columns = [one.index for one in actions if one.offer.offer == name]
        mine = np.flatnonzero(np.isin(book.action, columns))
        beside = book.best_but(mine)
        kept = np.zeros(len(mine), dtype=np.bool_)
        for number, band in enumerate(ladders[name].bands_or_all):
            here = np.flatnonzero(book.band[mine] == number)
            window, said, found = _window(book, mine[here], beside, ladders[name], band)
            windows[name, band.id] = window
            worths |= {((name, band.id), one): worth for one, worth in found.items()}
            kept[here] = np.isin(book.point[mine[here]], window)
            rows.append({"offer_id": name, "band": band.id, **said})
        for column in columns:
            own = book.action[mine] == column
            told, every = book.firsts(mine[own & kept]), book.firsts(mine[own])
            is_told[told] = True
            is_closed[every[~np.isin(book.group[every], book.group[told], assume_unique=True)]] = True
        if has_lots:
            own = [one for one in actions if one.offer.offer == name]
            draws[name] = drawn_prices(mine, kept, proposals=proposals, actions=own, ladder=ladders[name])
            # Prices that are columns of their own stay, left out, so that each has its reason.
            is_told[draws[name].beside] &= own[0].point is not None
            is_told[draws[name].drawn] = True
    chosen = chosen_all.filter(is_told) if not draws else _by_value(with_draws(proposals, draws).filter(is_told))
    rank = pl.Series(_Rows.of(chosen).ranks(), dtype=pl.Int16)
    made = PRICES.checked(pl.DataFrame(rows, schema=PRICES.schema))
    return Priced(chosen.with_columns(rank=rank), proposals.filter(is_closed).select(*keys), made, windows, worths)


def _by_value(rows: pl.DataFrame) -> pl.DataFrame:
    """The proposals, those of a customer and slot by falling value again where one competes at a mean."""
    book, tie = _Rows.of(rows), rows["tie"].to_numpy()
    moved = np.flatnonzero(np.isin(book.group, book.group[rows["own_milli"].is_not_null().to_numpy()]))
    order = np.arange(rows.height)
    order[moved] = moved[np.lexsort((book.action[moved], tie[moved], -book.value[moved], book.group[moved]))]
    return rows[order]


@dataclass(frozen=True)
class _Rows:
    """The proposals as arrays; what is best of a customer and slot is what stands first."""

    action: Whole
    value: Whole
    point: Whole
    band: Whole
    """-1: the offer has one price."""
    is_ghost: Flags
    group: Whole
    """The customer and slot of each row, counted from 0 in their order."""
    net: Whole
    """The value less what scarcity asks."""

    @classmethod
    def of(cls, rows: pl.DataFrame, asked: Whole | None = None) -> _Rows:
        customer, slot = rows["customer_no"].to_numpy(), rows["slot"].to_numpy()
        begins = np.ones(len(customer), dtype=np.bool_)
        begins[1:] = (customer[1:] != customer[:-1]) | (slot[1:] != slot[:-1])
        names = ("action", "value_milli", "point", "band")
        action, value, point, band = (rows[name].cast(pl.Int64).fill_null(-1).to_numpy() for name in names)
        net = value if asked is None else value - asked
        return cls(action, value, point, band, rows["is_ghost"].to_numpy(), np.cumsum(begins) - 1, net)

    def best_but(self, some: Whole) -> Whole:
        """What each customer and slot has at best without some rows; 0 where silence is worth more."""
        others = np.ones(len(self.group), dtype=np.bool_)
        others[some] = False
        return self.best(np.flatnonzero(others))

    def best(self, some: Whole) -> Whole:
        """What each customer and slot has at best of some rows; 0 where silence is worth more."""
        result = np.zeros(int(self.group.max(initial=-1)) + 1, dtype=np.int64)
        np.maximum.at(result, self.group[some], self.net[some])
        return result

    def firsts(self, some: Whole) -> Whole:
        """The first, which is the best, of some rows (their places, rising) of each customer and slot."""
        result: Whole = some[np.diff(self.group[some], prepend=-1) != 0]
        return result

    def ranks(self) -> Whole:
        """The place of each row among those of its customer and slot, from 1."""
        places = np.arange(len(self.group))
        return places - self.firsts(places)[self.group] + 1


def _window(
    book: _Rows, mine: Whole, beside: Whole, ladder: Ladder, band: Band
) -> tuple[Window, dict[str, object], dict[Window, int]]:
    """The points that a band keeps, what is said of it, and what each window adds; of equals the best for customers."""
    treated = mine[~book.is_ghost[mine]]
    customers, point = len(book.firsts(treated)), book.point[treated]
    worths = {
        window: int(np.maximum(book.best(treated[np.isin(point, window)]) - beside, 0).sum())
        for window in ladder.windows(band)
    } or {(): 0}
    # The first of equals is the best for the customer.
    chosen = max(worths, key=lambda window: worths[window])
    ends = sorted(chosen, key=lambda at: ladder.points[at].price)
    names = [ladder.points[at].id for at in ends] if customers and ends else [None]
    ends_of = {"lowest": names[0], "highest": names[-1]}
    return chosen, {"customers": customers, **ends_of, "expected_milli": worths[chosen]}, worths


def with_prices(
    plain: pl.DataFrame, profile: pl.DataFrame, offers: Iterable[Offer], curves: pl.DataFrame | None, read: Reader
) -> pl.DataFrame:
    """The factors of offers with what each price of their ladders comes to beside them."""
    known = pl.DataFrame(schema=CURVES) if curves is None else curves
    return plain.hstack([one for offer in offers for one in price_factors(profile, offer, known, read)])
