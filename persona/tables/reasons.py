"""Why an action was or was not taken: the closed list of reasons, their codes, and their words for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["CODES", "LETTERS", "REASONS", "Reason", "words"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: the letter that people read, the code that tables hold, and what it says."""

    letter: str
    code: int
    says: Mapping[str, str]


_SAYINGS: tuple[tuple[str, str, str], ...] = (
    ("C", "no consent to the channel, or no address for it", "keine Einwilligung für den Kanal oder keine Adresse"),
    ("X", "suppressed", "gesperrt"),
    ("E", "not eligible", "nicht berechtigt"),
    ("A", "not relevant to this customer", "für diesen Kunden nicht relevant"),
    ("S", "not in the customer's interest", "nicht im Interesse des Kunden"),
    ("U", "something that has to be known is not known", "eine nötige Angabe fehlt"),
    ("F", "in conflict with another offer", "im Widerspruch zu einem anderen Angebot"),
    ("K", "left in peace after an earlier answer", "Ruhezeit nach einer früheren Antwort"),
    ("L", "contacted often enough", "oft genug angesprochen"),
    ("P", "the offer's places went to others", "die Plätze des Angebots gingen an andere"),
    ("T", "no hour at which it may be sent", "kein erlaubter Zeitpunkt zum Senden"),
    (
        "D",
        "not valid on the day, not approved, or its wave is not open",
        "an dem Tag nicht gültig, nicht freigegeben oder noch nicht an der Reihe",
    ),
    ("V", "a budget or volume is used up", "ein Budget oder Kontingent ist erschöpft"),
    ("R", "another offer is worth more", "ein anderes Angebot ist mehr wert"),
    ("N", "silence is worth more", "nichts zu senden ist mehr wert"),
    ("H", "in the control group", "in der Kontrollgruppe"),
    ("Q", "withheld by a check of the message", "von einer Prüfung der Nachricht zurückgehalten"),
    ("O", "offered", "angeboten"),
)

REASONS: tuple[Reason, ...] = tuple(
    Reason(letter, code, {"en": english, "de": german})
    for code, (letter, english, german) in enumerate(_SAYINGS, start=1)
)
"""In the order of their codes, which never change; code 0 is an action that nothing has refused yet."""

CODES: Mapping[str, int] = {reason.letter: reason.code for reason in REASONS}
LETTERS: Mapping[int, str] = {reason.code: reason.letter for reason in REASONS}


def words(letter: str, language: str = "en") -> str:
    """What a reason says in a language; in English where it is not spoken.

    >>> words("K"), words("L", "de-AT")
    ('left in peace after an earlier answer', 'oft genug angesprochen')
    """
    says = REASONS[CODES[letter] - 1].says
    return says.get(language.partition("-")[0], says["en"])
