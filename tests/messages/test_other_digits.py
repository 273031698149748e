"""Messages in languages whose figures have other digits, and marks of direction around them: from values to checks."""

from datetime import date

import pytest

from persona.checks import checked
from persona.messages import composed
from persona.messages.wording import wordings
from persona.policy.content import Slot, Texts

DAY = date(2026, 7, 1)
BODY = (
    "Tiny Bank: {{ first_name }}, {{ balance_minor }} ({{ valid_until | day }}), {{ days | plural(%s) }}. STOP to end."
)
FORMS = {
    "he": "one='#', two='#', other='# ימים'",
    "ar-EG": "zero='#', one='#', two='#', few='# أيام', many='# يوما', other='#'",
    "fa": "one='# روز', other='# روز'",
}


def _checks(bank, decided, locale, names):
    """What withholds an SMS to each of some people in a language, and its text."""
    template = next(one for one in bank.templates.values() if one.channel == "sms")
    texts = {**template.locales, locale: Texts(body=BODY % FORMS[locale])}
    slots = {**template.slots, "days": Slot(type="integer", need="required", default="5")}
    named = template.model_copy(update={"locales": texts, "slots": slots})
    made = wordings([named], bank.blocks, languages=["en", locale])
    made = {("sms", "stay", "en"): made["sms", "stay", "en"], ("sms", "stay", "de"): made["sms", "stay", locale]}
    given = decided(names, "sms", languages=["de"] * len(names))
    messages = composed(**given, policy=bank, wordings=made, key=b"k" * 32, day=DAY).messages
    said = checked(messages, policy=bank, day=DAY)
    return said["body"].to_list(), said["failed"].to_list()


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("he", "Tiny Bank: Ann, \u200f1,234.50 \u200f€ (30 בספט׳ 2026), 5 ימים. STOP to end."),
        ("ar-EG", "Tiny Bank: Ann, \u200f١٬٢٣٤٫٥٠ € (٣٠\u200f/٠٩\u200f/٢٠٢٦), ٥ أيام. STOP to end."),
        ("fa", "Tiny Bank: Ann, \u200e€ ۱٬۲۳۴٫۵۰ (۳۰ سپتامبر ۲۰۲۶), ۵ روز. STOP to end."),
    ],
)
def test_figures_in_the_digits_and_marks_of_a_language_may_leave_and_a_name_with_a_mark_may_not(
    bank, decided, locale, said
):
    bodies, failed = _checks(bank, decided, locale, ["Ann", "An\u200fn", "\u200f5"])
    assert (bodies[0], failed[0]) == (said, [])
    assert all("slot.first_name" in one for one in failed[1:])
    assert "control" in failed[1]
