"""The words of the sample bank: kinds of customers, categories, merchants, destinations, names. All are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

START = date(2025, 1, 1)
"""The first day of the data; all days are counted from it."""

ZONE = "Europe/Berlin"


@dataclass(frozen=True, slots=True)
class Archetype:
    """A kind of customer: how many there are, what they earn and hold; rates are probabilities unless said."""

    name: str
    share: float
    ages: tuple[int, int]
    income: int
    """Median net income a month, minor units."""
    couple: float
    savings: float
    deposit: float
    loan: float
    external_mortgage: float
    lease: float
    car: float
    trips: float
    """Trips a year."""
    logins: float
    """Logins a month."""


ARCHETYPES = (
    Archetype("traveller", 0.10, (27, 58), 340_000, 0.35, 0.50, 0.08, 0.08, 0.08, 0.05, 0.5, 3.6, 3.0),
    Archetype("family", 0.20, (29, 50), 330_000, 0.85, 0.60, 0.06, 0.18, 0.30, 0.12, 0.8, 0.9, 2.4),
    Archetype("commuter", 0.16, (24, 60), 265_000, 0.30, 0.45, 0.05, 0.22, 0.12, 0.14, 1.0, 0.6, 1.8),
    Archetype("student", 0.12, (18, 27), 98_000, 0.05, 0.25, 0.00, 0.03, 0.00, 0.00, 0.1, 0.8, 4.0),
    Archetype("retiree", 0.16, (63, 86), 195_000, 0.55, 0.70, 0.32, 0.03, 0.02, 0.02, 0.6, 0.9, 0.6),
    Archetype("young_professional", 0.13, (23, 36), 270_000, 0.20, 0.50, 0.04, 0.10, 0.02, 0.08, 0.3, 1.5, 3.8),
    Archetype("saver", 0.08, (38, 70), 250_000, 0.40, 0.95, 0.55, 0.02, 0.08, 0.03, 0.5, 0.5, 1.5),
    Archetype("small_business", 0.05, (28, 62), 390_000, 0.35, 0.55, 0.10, 0.25, 0.15, 0.25, 0.9, 0.8, 2.6),
)
NAMES_OF_ARCHETYPES = tuple(kind.name for kind in ARCHETYPES)


@dataclass(frozen=True, slots=True)
class Spending:
    """How a category is bought with a card: ``rates`` are purchases a month, one for each archetype in their order."""

    leaf: str
    mccs: tuple[str, ...]
    median: int
    """Minor units."""
    spread: float
    """Standard deviation of the logarithm of the amount."""
    hour: int
    week: str
    """even, work (workdays) or weekend."""
    rates: tuple[float, ...]
    merchants: tuple[str, ...]
    season: tuple[float, ...] = (1.0,) * 12


_YEAR_END = (0.8, 0.8, 0.9, 0.9, 1.0, 1.0, 0.9, 0.9, 1.0, 1.0, 1.5, 1.8)
_SPRING = (0.5, 0.6, 1.3, 1.6, 1.5, 1.2, 0.9, 0.9, 1.0, 0.9, 0.7, 0.4)

SPENDINGS = (
    Spending(
        "groceries",
        ("5411", "5499", "5462"),
        3_400,
        0.6,
        16,
        "even",
        (1.3, 2.7, 1.7, 1.4, 1.9, 1.3, 1.4, 1.2),
        ("MARKTKORB", "FRISCHHOF", "KAUFKISTE", "NATURHALLE", "BACKSTUBE AHRENS", "HOFLADEN SUED", "MINI MARKT 24"),
    ),
    Spending(
        "dining",
        ("5812", "5814", "5813"),
        2_300,
        0.6,
        19,
        "weekend",
        (1.3, 0.5, 0.5, 1.0, 0.5, 1.5, 0.25, 1.0),
        (
            "TRATTORIA LUNA, MITTE",
            "NUDELHAUS",
            "CAFE MORGENROT",
            "BURGERWERK",
            "GASTHOF ADLER",
            "SUSHI AKI",
            "BAR NACHTFALTER",
        ),
    ),
    Spending(
        "fuel",
        ("5541", "5542"),
        5_900,
        0.3,
        8,
        "work",
        (0.3, 0.6, 1.6, 0.1, 0.4, 0.2, 0.3, 1.1),
        ("TANKPUNKT", "AUTOHOF NORD", "OELMUEHLE TANK", "STRASSENSTERN"),
    ),
    Spending(
        "transport.public",
        ("4111", "4131"),
        780,
        0.7,
        8,
        "work",
        (0.3, 0.2, 0.5, 1.0, 0.3, 0.9, 0.3, 0.1),
        ("STADTBAHN TICKET", "VERKEHRSVERBUND MITTE", "REGIOBUS"),
    ),
    Spending(
        "transport.taxi",
        ("4121",),
        1_700,
        0.4,
        22,
        "weekend",
        (0.3, 0.02, 0.04, 0.1, 0.05, 0.25, 0.02, 0.3),
        ("TAXI ZENTRALE", "FAHRWOHL RIDES"),
    ),
    Spending(
        "transport.parking",
        ("7523",),
        600,
        0.5,
        10,
        "work",
        (0.1, 0.15, 0.4, 0.02, 0.1, 0.05, 0.08, 0.4),
        ("PARKHAUS MARKTPLATZ", "PARKRAUM APP"),
    ),
    Spending(
        "home.furniture",
        ("5712", "5719"),
        16_000,
        0.8,
        14,
        "weekend",
        (0.03, 0.05, 0.03, 0.03, 0.03, 0.05, 0.02, 0.03),
        ("WOHNWELT HANSEN", "MOEBELKONTOR", "LAMPEN UND LICHT"),
    ),
    Spending(
        "home.improvement",
        ("5200", "5211", "5251"),
        5_800,
        0.8,
        11,
        "weekend",
        (0.05, 0.2, 0.12, 0.02, 0.2, 0.04, 0.12, 0.15),
        ("BAUPARK", "HOLZ UND FARBE", "GARTENLAND"),
        _SPRING,
    ),
    Spending(
        "electronics",
        ("5732", "5734"),
        11_500,
        0.9,
        17,
        "even",
        (0.08, 0.06, 0.07, 0.08, 0.03, 0.12, 0.04, 0.15),
        ("ELEKTROMEILE", "BYTE UND BILD", "FUNKHAUS ONLINE"),
        _YEAR_END,
    ),
    Spending(
        "fashion",
        ("5651", "5661", "5691"),
        5_200,
        0.6,
        18,
        "weekend",
        (0.3, 0.4, 0.2, 0.35, 0.2, 0.45, 0.1, 0.15),
        ("MODEHAUS KRAMER", "FADENLAUF ONLINE", "SCHUH PETERS", "KLEIDERKREIS"),
    ),
    Spending(
        "health.pharmacy",
        ("5912",),
        1_600,
        0.6,
        11,
        "work",
        (0.15, 0.35, 0.2, 0.1, 0.7, 0.15, 0.25, 0.15),
        ("LINDEN APOTHEKE", "APOTHEKE AM MARKT", "PILLENPOST ONLINE"),
    ),
    Spending(
        "health.medical",
        ("8011", "8021", "8043"),
        6_800,
        0.8,
        10,
        "work",
        (0.04, 0.08, 0.05, 0.02, 0.16, 0.04, 0.08, 0.05),
        ("ZAHNARZTPRAXIS AM PARK", "BRILLENHAUS", "PRAXIS DR AHORN"),
    ),
    Spending(
        "beauty",
        ("7230", "5977"),
        3_300,
        0.5,
        15,
        "work",
        (0.2, 0.2, 0.12, 0.15, 0.25, 0.25, 0.1, 0.1),
        ("FRISEUR SCHNITTPUNKT", "DUFTWERK"),
    ),
    Spending(
        "sports",
        ("5941", "5655"),
        4_700,
        0.7,
        17,
        "weekend",
        (0.15, 0.15, 0.08, 0.12, 0.06, 0.2, 0.05, 0.06),
        ("SPORTSCHEUNE", "RADHAUS", "GIPFELSTUERMER"),
        (1.6, 1.2, 1.1, 1.1, 1.1, 1.0, 0.9, 0.8, 0.9, 0.8, 0.8, 0.9),
    ),
    Spending(
        "entertainment",
        ("7832", "7922", "5816"),
        2_100,
        0.5,
        20,
        "weekend",
        (0.25, 0.15, 0.1, 0.4, 0.12, 0.35, 0.05, 0.1),
        ("LICHTSPIELHAUS", "STADTTHEATER", "PIXELSPIELE"),
    ),
    Spending(
        "education",
        ("8299", "5942"),
        2_600,
        0.7,
        15,
        "even",
        (0.08, 0.12, 0.05, 0.3, 0.08, 0.12, 0.06, 0.06),
        ("BUCHHANDLUNG SEITENWEISE", "SPRACHSCHULE POLYGLOTT"),
    ),
    Spending(
        "children",
        ("5641", "5945"),
        3_200,
        0.6,
        16,
        "even",
        (0.01, 0.55, 0.03, 0.01, 0.08, 0.01, 0.02, 0.02),
        ("KINDERKRAM", "SPIELZEUGKISTE", "ZWERGENMODE"),
        _YEAR_END,
    ),
    Spending(
        "pets",
        ("5995", "0742"),
        3_600,
        0.6,
        17,
        "even",
        (0.03, 0.15, 0.1, 0.04, 0.12, 0.06, 0.06, 0.05),
        ("PFOTENLADEN", "TIERARZT DR WIESE"),
    ),
    Spending(
        "gifts",
        ("5947", "5992"),
        2_500,
        0.5,
        16,
        "weekend",
        (0.1, 0.12, 0.06, 0.05, 0.15, 0.1, 0.06, 0.05),
        ("BLUMEN ROSENTHAL", "KLEINE FREUDEN"),
        _YEAR_END,
    ),
    Spending(
        "charity",
        ("8398",),
        2_500,
        0.6,
        20,
        "even",
        (0.03, 0.04, 0.02, 0.01, 0.1, 0.03, 0.05, 0.02),
        ("HILFSWERK HORIZONT",),
        (0.7, 0.7, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.9, 1.0, 1.6, 2.3),
    ),
    Spending(
        "government",
        ("9399",),
        2_800,
        0.5,
        10,
        "work",
        (0.03, 0.03, 0.02, 0.02, 0.02, 0.03, 0.02, 0.06),
        ("BUERGERAMT ONLINE",),
    ),
    Spending(
        "professional_services",
        ("8931", "8111"),
        18_000,
        0.6,
        11,
        "work",
        (0.01, 0.01, 0.01, 0.0, 0.01, 0.01, 0.02, 0.25),
        ("KANZLEI EICHE", "STEUERBUERO BIRKE"),
    ),
    Spending(
        "business_services",
        ("7311", "7399", "5111"),
        8_600,
        0.8,
        11,
        "work",
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.02, 0.0, 0.9),
        ("DRUCKEREI BLATT", "BUEROBEDARF KLAMMER", "WERBELICHT"),
    ),
)
"""Everyday spending by card; travel comes from trips, subscriptions from contracts."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A monthly card payment; ``prices`` are (month number from the end of the data, price from then), newest last."""

    merchant: str
    mcc: str
    prices: tuple[tuple[int, int], ...]
    rates: tuple[float, ...]


SUBSCRIPTIONS = (
    Subscription("CINEVO STREAM", "4899", ((99, 1_299), (5, 1_499)), (0.4, 0.5, 0.35, 0.5, 0.15, 0.55, 0.1, 0.3)),
    Subscription("TONWERK MUSIK", "5815", ((99, 1_099),), (0.3, 0.2, 0.3, 0.6, 0.03, 0.5, 0.03, 0.2)),
    Subscription(
        "FITTREFF STUDIO", "7997", ((99, 2_990), (1, 3_490)), (0.08, 0.05, 0.06, 0.12, 0.03, 0.18, 0.02, 0.05)
    ),
    Subscription("WOLKENLAGER", "5818", ((99, 299),), (0.2, 0.15, 0.1, 0.2, 0.05, 0.3, 0.05, 0.5)),
    Subscription("TAGBLATT DIGITAL", "5968", ((99, 1_890), (8, 1_990)), (0.1, 0.08, 0.08, 0.03, 0.25, 0.1, 0.2, 0.15)),
)


@dataclass(frozen=True, slots=True)
class Destination:
    """A place that people travel to."""

    town: str
    kind: str
    country: str
    by: str
    """air, rail or car."""
    hotel: str
    table: str
    """A restaurant there."""
    night: int
    """Median price of a night, minor units."""


DESTINATIONS = (
    Destination("PALMA", "coast", "ES", "air", "STRANDHOTEL BAHIA PALMA", "EL PESCADOR PALMA", 10_500),
    Destination("FARO", "coast", "PT", "air", "HOTEL PRAIA CLARA FARO", "A TASCA FARO", 9_500),
    Destination("SPLIT", "coast", "HR", "air", "HOTEL PLAVA OBALA SPLIT", "KONOBA MORE SPLIT", 9_000),
    Destination("RHODOS", "coast", "GR", "air", "BEACH RESORT ANEMI RHODOS", "TAVERNA GALINI RHODOS", 9_900),
    Destination("WARNEMUENDE", "coast", "DE", "rail", "STRANDHOTEL DUENENBLICK", "FISCHKATE WARNEMUENDE", 12_000),
    Destination("SYLT", "coast", "DE", "rail", "PENSION SEESTERN SYLT", "WATTKORB SYLT", 14_000),
    Destination("LISBOA", "city", "PT", "air", "CITY HOTEL ALFAMA LISBOA", "CERVEJARIA ROSSIO LISBOA", 11_000),
    Destination("WIEN", "city", "AT", "rail", "STADTHOTEL RINGBLICK WIEN", "BEISL SPITTELBERG WIEN", 12_000),
    Destination("PARIS", "city", "FR", "rail", "HOTEL CENTRE VILLE PARIS", "BISTRO CANAL PARIS", 15_000),
    Destination("PRAHA", "city", "CZ", "rail", "CITY HOTEL VLTAVA PRAHA", "HOSTINEC U MOSTU PRAHA", 8_500),
    Destination("KOBENHAVN", "city", "DK", "air", "CITY HOTEL HAVN KOBENHAVN", "SPISEHUS NORR KOBENHAVN", 15_500),
    Destination("BARCELONA", "city", "ES", "air", "CITY HOTEL RAMBLA BARCELONA", "BODEGA RAVAL BARCELONA", 12_500),
    Destination("ZERMATT", "mountain", "CH", "rail", "BERGHOTEL GRATBLICK ZERMATT", "STUBE ALPENROSE ZERMATT", 19_000),
    Destination("KITZBUEHEL", "mountain", "AT", "car", "ALPENHOTEL HORNBLICK", "JAUSENSTATION HORN", 14_500),
    Destination("BOZEN", "mountain", "IT", "car", "BERGHOTEL ROSENGARTEN BOZEN", "GASTHAUS DOLOMIT BOZEN", 12_000),
    Destination("GARMISCH", "mountain", "DE", "rail", "ALPENPENSION GARMISCH", "WIRTSHAUS ZUGBLICK", 10_500),
)

KINDS = ("coast", "city", "mountain")

TRAVEL_SEASON = {
    "coast": (0.2, 0.2, 0.3, 0.6, 1.1, 1.8, 2.4, 2.4, 1.5, 0.8, 0.3, 0.3),
    "city": (0.7, 0.8, 1.0, 1.3, 1.4, 1.1, 0.7, 0.7, 1.1, 1.3, 1.1, 1.2),
    "mountain": (1.8, 2.2, 1.3, 0.4, 0.5, 0.8, 1.1, 1.2, 0.9, 0.6, 0.3, 1.4),
}

CARRIERS = {
    "air": (("AEROLIND AIRWAYS", "4511", "DE"), ("WESTWIND AIR", "4511", "IE")),
    "rail": (("SCHIENENWERK FERNZUG", "4112", "DE"), ("NACHTZUG EUROPA", "4112", "AT")),
    "car": (("AUTOHOF ALPENTOR", "5541", "AT"), ("AUTOHOF ALPENTOR", "5541", "AT")),
}
