"""The core banking system's files: German names, semicolons, cp1252, decimal commas."""

from __future__ import annotations

import polars as pl
from bookings import Bookings
from calendar_days import NEVER, day, month_start
from dialects import comma, day_text, padded
from flows import CODES, COUNTERPARTIES, OFFICE
from names import DRAMA_RANGES
from people import Ints
from products import Accounts

GERMAN_DAY = "%d.%m.%Y"
PRODUCTS = {
    "current": "GIRO",
    "savings": "SPAR",
    "deposit": "FEST",
    "loan": "KRED",
    "mortgage": "HYPO",
    "lease": "LEAS",
}
OLD_MONTHS = 3
"""The first months' files lack a column and name another differently."""


def booking_rows(made: Bookings, held: Accounts, month: int) -> pl.DataFrame:
    """The bookings of a month as the core writes them."""
    names = pl.Series("name", COUNTERPARTIES)
    serial = f"{month_start(month):05d}"
    frame = pl.DataFrame(
        {
            "account": held.number[made.account],
            "day": made.day,
            "amount": made.amount,
            "balance": made.balance,
            "code": pl.Series("code", CODES).gather(made.code),
            "other": made.counterparty,
            "peer": made.peer,
        }
    ).with_row_index("line", offset=1)
    own = pl.col("other").is_in(
        [OFFICE["Geldautomat"], OFFICE["Kontofuehrung"], OFFICE["Zinsen"], OFFICE["Kontoabschluss"]]
    )
    columns = [
        pl.col("account").cast(pl.String).alias("KONTO"),
        day_text("day", GERMAN_DAY).alias("BUCHTAG"),
        comma("amount").alias("BETRAG"),
        pl.lit("EUR").alias("WAEHRUNG"),
        comma("balance").alias("SALDO"),
        pl.col("code").alias("ZWECK"),
        pl.when(~own)
        .then(padded(99_000_000 + pl.col("other") * 10_000 + pl.col("peer") % 10_000, 10))
        .alias("GEGENKONTO"),
        names.gather(made.counterparty).alias("GEGENNAME"),
        pl.lit("DE").alias("LAND"),
        padded("line", 8, f"B{serial}").alias("BELEGNR"),
    ]
    written = frame.select(columns)
    return written.drop("LAND").rename({"BELEGNR": "BELEG"}) if month < OLD_MONTHS else written


def customers(rows: pl.DataFrame, on: int) -> pl.DataFrame:
    """The customers known on a day, as the core writes them; who moves later still has the old house."""
    digits = padded("number", 6)
    moved = pl.col("moves") < on
    house = pl.when(moved).then(pl.col("house") + 3).otherwise("house")
    name = pl.concat_str(pl.col("first_name"), pl.lit("."), pl.col("last_name"), pl.lit("."), pl.col("number"))
    plain = name.str.to_lowercase().str.replace_many(["ü", "ö", "ä", "ß"], ["ue", "oe", "ae", "ss"])
    host = pl.when(pl.col("number") % 3 == 0).then(pl.lit("@example.org")).otherwise(pl.lit("@example.com"))
    block = pl.Series("block", DRAMA_RANGES).gather(rows["range"].to_numpy())
    return (
        rows.with_columns(block=block)
        .filter(pl.col("since") < day(on))
        .select(
            padded("number", 7, "K").alias("KDNR"),
            padded("household", 7, "H").alias("HAUSHALT"),
            pl.when("is_woman").then(pl.lit("FRAU")).otherwise(pl.lit("HERR")).alias("ANREDE"),
            pl.col("first_name").alias("VORNAME"),
            pl.col("last_name").alias("NACHNAME"),
            pl.col("born").dt.strftime(GERMAN_DAY).alias("GEBDAT"),
            pl.concat_str(pl.col("street"), pl.lit(" "), house).alias("STRASSE"),
            pl.col("postcode").alias("PLZ"),
            pl.col("city").alias("ORT"),
            pl.col("region").alias("REGION"),
            pl.col("country").alias("LAND"),
            pl.col("language").alias("SPRACHE"),
            pl.col("since").dt.strftime(GERMAN_DAY).alias("KUNDESEIT"),
            pl.col("grade").alias("BONITAET"),
            pl.col("band").cast(pl.String).alias("EINKKLASSE"),
            pl.when("vulnerable").then(pl.lit("J")).otherwise(pl.lit("N")).alias("SCHUTZ"),
            pl.when("staff").then(pl.lit("J")).otherwise(pl.lit("N")).alias("MITARB"),
            pl.when("has_email").then(plain + host).alias("EMAIL"),
            pl.when("has_phone").then(pl.col("block") + digits.str.slice(-6)).alias("MOBIL"),
            pl.when("has_app").then(padded(pl.col("number") * 48_271 % 2_147_483_647, 10, "APP")).alias("APPTOKEN"),
            pl.col("points").alias("PUNKTE"),
            pl.col("arrears_days").alias("VERZUGTAGE"),
            pl.col("children").alias("KINDER"),
        )
    )


def accounts(held: Accounts, contracts: pl.DataFrame, on: int) -> pl.DataFrame:
    """Every account and contract of the bank open on a day."""
    current = len(held.current_of) and int(held.current_of.max()) + 1
    booked = (
        pl.DataFrame({"number": held.number, "opened": held.opened})
        .with_row_index("at")
        .select(
            "number",
            product=pl.when(pl.col("at") < current).then(pl.lit("GIRO")).otherwise(pl.lit("SPAR")),
            opened="opened",
        )
        .filter(pl.col("opened") < on)
    )
    owed = contracts.filter(~pl.col("external")).select("number", pl.col("product").replace_strict(PRODUCTS), "opened")
    return (
        pl.concat([booked, owed.filter(pl.col("opened") < on)])
        .sort("number")
        .select(
            pl.col("number").cast(pl.String).alias("KONTO"),
            pl.col("product").alias("PRODUKT"),
            pl.lit("EUR").alias("WAEHRUNG"),
            day_text("opened", GERMAN_DAY).alias("EROEFFNET"),
            pl.lit(None, pl.String).alias("GESCHLOSSEN"),
            padded(pl.col("number") % 40 + 1, 3, "F").alias("FILIALE"),
            pl.lit("AKTIV").alias("STATUS"),
        )
    )


def account_holders(shared: pl.DataFrame, contracts: pl.DataFrame, on: int) -> pl.DataFrame:
    """Who owns (I) or shares (M) each account on a day."""
    owed = contracts.filter(~pl.col("external") & (pl.col("opened") < on)).select(
        account="number", person="person", role=pl.lit("I")
    )
    return (
        pl.concat([shared.filter(pl.col("opened") < on).drop("opened"), owed])
        .sort("account", "role")
        .select(
            pl.col("account").cast(pl.String).alias("KONTO"),
            padded(pl.col("person") + 1, 7, "K").alias("KDNR"),
            pl.col("role").alias("ROLLE"),
            pl.lit(None, pl.String).alias("VON"),
            pl.lit(None, pl.String).alias("BIS"),
        )
    )


def holdings(
    held: Accounts, contracts: pl.DataFrame, balances: Ints, incomes: Ints, arrears: Ints, on: int
) -> pl.DataFrame:
    """What every customer holds on a day, mortgages at other banks among it; fallen-due contracts are gone."""
    current = int(held.current_of.max()) + 1
    booked = (
        pl.DataFrame({"number": held.number, "person": held.owner, "opened": held.opened, "balance_minor": balances})
        .with_row_index("at")
        .select(
            "number",
            "person",
            product=pl.when(pl.col("at") < current).then(pl.lit("current")).otherwise(pl.lit("savings")),
            opened="opened",
            matures=pl.lit(NEVER, pl.Int64),
            balance_minor="balance_minor",
            rate=pl.when(pl.col("at") < current).then(0.0).otherwise(1.25),
            payment_minor=pl.lit(0, pl.Int64),
            external=pl.lit(False),
        )
    )
    rows = pl.concat([booked, contracts.select(booked.columns)]).filter(
        (pl.col("opened") < on) & (pl.col("matures") >= on)
    )
    late = pl.Series("late", arrears > 0).gather(rows["person"].to_numpy()) & (rows["product"] == "loan")
    limit = pl.Series("limit", incomes // 100_000 * 100_000).gather(rows["person"].to_numpy())
    return (
        rows.with_columns(late=late, limit=limit)
        .sort("number")
        .select(
            padded("number", 10, "V").alias("VERTRAG"),
            padded(pl.col("person") + 1, 7, "K").alias("KDNR"),
            pl.when(~pl.col("external")).then(pl.col("number").cast(pl.String)).alias("KONTO"),
            pl.col("product").replace_strict(PRODUCTS).alias("PRODUKT"),
            day_text("opened", GERMAN_DAY).alias("BEGINN"),
            pl.lit(None, pl.String).alias("ENDE"),
            comma("balance_minor").alias("SALDO"),
            pl.when(pl.col("product") == "current").then(comma("limit")).alias("LIMIT"),
            (pl.col("rate") * 100).round().cast(pl.Int64).alias("cent").pipe(_rate).alias("ZINS"),
            pl.when(pl.col("payment_minor") > 0).then(comma("payment_minor")).alias("RATE"),
            pl.when(pl.col("matures") < NEVER).then(day_text("matures", GERMAN_DAY)).alias("FAELLIG"),
            pl.when("late").then(pl.lit("VERZUG")).otherwise(pl.lit("AKTIV")).alias("STATUS"),
            pl.when("external").then(pl.lit("J")).otherwise(pl.lit("N")).alias("FREMD"),
        )
    )


def _rate(hundredths: pl.Expr) -> pl.Expr:
    """Per cent with a decimal comma."""
    return pl.concat_str(
        (hundredths // 100).cast(pl.String), pl.lit(","), (hundredths % 100).cast(pl.String).str.zfill(2)
    )
