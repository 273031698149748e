"""Names of people, streets and firms that are nobody's, and the blocks of telephone numbers kept free for such use."""

from __future__ import annotations

EMPLOYERS = (
    "Kappelmann Maschinenbau",
    "Stadtverwaltung Lindenau",
    "Klinikum am Wald",
    "Nordsee Logistik",
    "Helling Software",
    "Schule am Park",
    "Rheintal Chemie",
    "Brauer und Soehne",
    "Medienhaus Funke-Mai",
    "Solarwerk Sued",
    "Autohaus Kern",
    "Hotel Seeblick Betriebs",
    "Backwerk Ahrens",
    "Ingenieure Falk",
    "Pflegedienst Sonnenhof",
    "Handelshaus Petersen",
    "Universitaet Mittelstadt",
    "Tiefbau Grote",
    "Labor Wegener",
    "Versandzentrum Ost",
)
LANDLORDS = tuple(
    f"Hausverwaltung {name}" for name in ("Ahorn", "Birke", "Eiche", "Esche", "Kiefer", "Linde", "Ulme", "Weide")
)
UTILITIES = ("Stadtwerke Lindenau", "Oekostrom Nord", "Gasversorgung Mitte")
PHONES = ("Fernklang Mobil", "Drahtlos24", "Netzhaus")
INSURERS = ("Anker Versicherung", "Schirmherr Direkt", "Hanseatische Vorsorge")
LENDERS = ("Bausparhaus Heim", "Pfandbriefkasse West")
NURSERIES = ("Kita Sonnenkaefer", "Kita Waldwichtel")
CLIENTS = ("Rechnung Auftrag Nord", "Rechnung Auftrag Sued", "Kasse Ladenlokal", "Onlineshop Auszahlung")

FIRST_NAMES = {
    "f": (
        "Anna",
        "Marie",
        "Sophie",
        "Lena",
        "Laura",
        "Julia",
        "Katharina",
        "Sabine",
        "Petra",
        "Monika",
        "Claudia",
        "Emma",
        "Hannah",
        "Ingrid",
        "Jana",
        "Nadja",
        "Fatma",
        "Elena",
        "Olivia",
        "Grace",
    ),
    "m": (
        "Thomas",
        "Michael",
        "Stefan",
        "Andreas",
        "Peter",
        "Jan",
        "Lukas",
        "Felix",
        "Paul",
        "Maximilian",
        "Klaus",
        "Jürgen",
        "Jonas",
        "Mehmet",
        "Tobias",
        "Martin",
        "Ben",
        "Oliver",
        "James",
        "Björn",
    ),
}
LAST_NAMES = (
    "Müller",
    "Schmidt",
    "Schneider",
    "Fischer",
    "Weber",
    "Meyer",
    "Wagner",
    "Becker",
    "Schulz",
    "Hoffmann",
    "Koch",
    "Bauer",
    "Richter",
    "Klein",
    "Wolf",
    "Schröder",
    "Neumann",
    "Schwarz",
    "Zimmermann",
    "Braun",
    "Krüger",
    "Hofmann",
    "Hartmann",
    "Lange",
    "Krause",
    "Lehmann",
    "Köhler",
    "Maier",
    "Keller",
    "Yilmaz",
    "Kowalski",
    "Novak",
    "Smith",
    "Taylor",
    "Rossi",
)
STREETS = (
    "Lindenallee",
    "Hauptstraße",
    "Gartenweg",
    "Bahnhofstraße",
    "Am Mühlbach",
    "Schulstraße",
    "Rosenweg",
    "Bergstraße",
)
REGIONS = (
    ("BE", "Berlin", "10999"),
    ("HH", "Hamburg", "20999"),
    ("NW", "Köln", "50999"),
    ("BY", "München", "80999"),
    ("HE", "Frankfurt", "60999"),
    ("SN", "Leipzig", "04999"),
)
DRAMA_RANGES = ("03023125", "06990009", "04066969", "02214710", "08999998")
"""Blocks of German numbers that are kept free for films and examples; six more digits stay within 15 of E.164.

Source: Bundesnetzagentur, Rufnummern für die Verwendung in Medien (drama numbers).
"""
