import re
from datetime import date, datetime

import polars as pl
import pytest

from persona.checks.checked import judged, reconciled
from persona.checks.checks import CHECKS
from persona.checks.given import Given
from persona.checks.rules import checks_of
from persona.checks.texts import NUMBER
from persona.errors import ComplianceError
from persona.policy.catalog import Catalog, Offer
from persona.policy.content import Block, Template
from persona.policy.rules import ComplianceRule
from persona.policy.workspace import Sender

SENDER = Sender(
    name="Tiny Bank",
    from_email="hello@tiny.example",
    reply_to="hello@tiny.example",
    postal_address="Platz 1, Berlin",
    privacy_url="https://tiny.example/privacy",
    unsubscribe_url="https://tiny.example/u",
    links=("tiny.example", "tinybank://"),
)
URL = "https://tiny.example/u?a=1&t=v1.00ff.abc"
FOOT = f"Tiny Bank, Platz 1, Berlin {URL}"
EMAIL = {
    "channel": "email",
    "message_id": "00ff",
    "class": "marketing",
    "template": "stay",
    "locale": "en",
    "offer_id": "stay",
    "group_id": "savings",
    "email": "ann@example.org",
    "subject": "Stay",
    "preheader": None,
    "html": f"<p>A bonus of &#39;3%&#39; for <b>risk</b>-free words.</p>{FOOT.replace('&', '&amp;')}",
    "text": f"A bonus. {FOOT}",
    "unsubscribe_url": URL,
}
SMS = {"channel": "sms", "phone": "+4917139200420", "body": "Tiny Bank: hello. Reply STOP.", "segments": 1}
SMS = {**EMAIL, "email": None, "subject": None, "html": None, "text": None, **SMS}
PUSH = {**SMS, "channel": "push", "push_token": "t", "title": "Stay", "body": "Hello", "segments": None}
TO = {"addressee": "Ann Ax", "address": "Weg 1", "postcode": "20999", "city": "Hamburg", "country": "DE"}
LETTER = {**EMAIL, "channel": "letter", "html": None, "text": "Your bonus. Tiny Bank, Platz 1, Berlin", **TO}
CALL = {**PUSH, "channel": "call", "body": "Good day, this is Tiny Bank."}
SCREEN = {**PUSH, "channel": "atm", "push_token": None}
BRIEF = {**PUSH, "channel": "advisor", "push_token": None}
TEXTS = (
    *("email", "phone", "push_token", "subject", "preheader", "html", "text", "title", "body", "link"),
    *("addressee", "address", "address2", "address3", "address4", "postcode", "city", "country"),
)


def _given(**changes):
    offer = {
        "offer": "stay",
        "group": "savings",
        "name": {"en": "Stay"},
        "owner": "Ida",
        "author": "Ann",
        "valid": {"from": "2026-01-01", "until": "2027-01-01"},
        "propensity": {"prior": "0.1"},
        "worth": "1",
        "terms": {"rate": "0.0265"},
        "treatments": [{"id": "email", "channel": "email", "template": "stay", "cost_minor": 1}],
    }
    template = Template(template="stay", channel="email", author="Ann", locales={"en": {"text": "Hello."}})
    block = {
        "en": {"text": "Within {{ days }} days you may leave.", "html": "<i>Within {{ days }} days you may leave.</i>"}
    }
    given = {
        "sender": SENDER,
        "blocked_words": ("act now", "{{"),
        "rules": (),
        "offers": (Offer.model_validate(offer),),
        "blocks": {"leave": Block(block="leave", kind="disclosure", author="Ann", locales=block)},
        "templates": {("email", "stay"): template},
        "day": date(2026, 7, 1),
        "reading": {"en": 50},
    }
    return Given(**{**given, **changes})


def _failed(message, *, given=None, checks=CHECKS, **changes):
    row = {**dict.fromkeys(TEXTS), "segments": None, **message, **changes, "failed": []}
    numbers = re.findall(NUMBER, " ".join(str(row[name]) for name in TEXTS[:10]))
    row = {"figures": " ".join(numbers), "figures_approved": "", **row}
    instants = dict.fromkeys(("send_at_utc", "not_before_utc", "not_after_utc"), pl.Datetime("us"))
    frame = pl.DataFrame(
        [{"expires_at_utc": datetime(2026, 9, 1), **dict.fromkeys(instants), **row}],  # noqa: DTZ001 - UTC, naive
        schema_overrides={**dict.fromkeys(TEXTS, pl.String), **instants, "failed": pl.List(pl.String)},
    )
    return judged(frame, given or _given(), checks)["failed"][0].to_list()


@pytest.mark.parametrize(
    "message",
    [EMAIL, SMS, PUSH, {**PUSH, "link": "tinybank://stay", "class": "service"}, LETTER, CALL, SCREEN, BRIEF],
)
def test_a_message_in_order_passes_every_check(message):
    assert _failed(message) == []


@pytest.mark.parametrize(
    ("message", "changes", "check"),
    [
        (EMAIL, {"email": None}, "address"),
        (EMAIL, {"email": "ann"}, "address"),
        (EMAIL, {"email": "ann@example.org\nBcc: eve@example.org"}, "address"),
        (SMS, {"phone": "0171 3920042"}, "address"),
        (PUSH, {"push_token": ""}, "address"),
        (EMAIL, {"subject": " "}, "blank"),
        (PUSH, {"title": None}, "blank"),
        (EMAIL, {"subject": "Dear None,"}, "nothing"),
        (PUSH, {"body": "You have nan points"}, "nothing"),
        (EMAIL, {"subject": "Stay\r\nBcc: eve@example.org"}, "control"),
        (PUSH, {"body": "Hello \u202eeno"}, "control"),
        (PUSH, {"link": "http://tiny.example/a"}, "links"),
        (PUSH, {"link": "javascript:alert(1)"}, "links"),
        (PUSH, {"link": "/stay"}, "links"),
        (PUSH, {"body": "See https://tiny.example.evil.org/"}, "links"),
        (PUSH, {"body": "See https://tiny.example@evil.org/"}, "links"),
        (PUSH, {"body": "See www.evil.org"}, "links"),
        (PUSH, {"title": "http://evil.org/x"}, "links"),
        (EMAIL, {"subject": "See http://evil.org/x"}, "links"),
        (EMAIL, {"preheader": "http://evil.org/x"}, "links"),
        (EMAIL, {"html": EMAIL["html"] + '<a href="https&#58;//evil.org/x">x</a>'}, "links"),
        (EMAIL, {"html": EMAIL["html"] + '<a href="https:&#47;&sol;evil.org/x">x</a>'}, "links"),
        (EMAIL, {"html": EMAIL["html"] + '<a href="https:/\t/evil.org/x">x</a>'}, "links"),
        (EMAIL, {"html": EMAIL["html"] + "<a href='//evil.org/x'>x</a>"}, "links"),
        (PUSH, {"body": "See https:\\\\evil.org"}, "links"),
        (PUSH, {"body": "See https:/evil.org"}, "links"),
        (PUSH, {"body": "See bit.ly/3xyz"}, "links"),
        (PUSH, {"body": "See bit.l\u00ady/3xyz"}, "links"),
        (PUSH, {"body": "See shop.evil.org:80/a and evil.org?b=1"}, "links"),
        (PUSH, {"body": "See tiny.example.evil.org/a"}, "links"),
        (PUSH, {"body": "See \\\\evil\\share"}, "links"),
        (PUSH, {"title": "Hi \u061cAnn"}, "control"),
        (PUSH, {"body": "Hi\u2060 Ann"}, "control"),
        (EMAIL, {"html": EMAIL["html"] + "<p>&#8238;Ann</p>"}, "control"),
        (PUSH, {"body": "Hi \U000e0041"}, "control"),
        (PUSH, {"title": "S" * 66}, "length"),
        (LETTER, {"address": None}, "address"),
        (LETTER, {"city": " "}, "address"),
        (LETTER, {"address2": "Hof\nTor 3"}, "address"),
        (LETTER, {"addressee": "Ann \u202exA"}, "address"),
        (LETTER, {"addressee": "A" * 400}, "length"),
        (LETTER, {"address3": "W" * 46}, "length"),
        (LETTER, {"subject": " "}, "blank"),
        (LETTER, {"text": "Tiny Bank"}, "sender"),
        (CALL, {"phone": None}, "address"),
        (CALL, {"addressee": "Ann\x1b[31m Ax"}, "address"),
        (CALL, {"addressee": "Ann\nAx"}, "address"),
        (BRIEF, {"addressee": "Ann \u202exA"}, "address"),
        (BRIEF, {"addressee": "http://evil.org/x"}, "address"),
        (BRIEF, {"addressee": "A" * 400}, "length"),
        (CALL, {"addressee": "A" * 400}, "length"),
        (SCREEN, {"title": "S" * 41}, "length"),
        (BRIEF, {"title": None}, "blank"),
        (SMS, {"segments": 4}, "sms_parts"),
        (SMS, {"body": "Tiny Bank: hello."}, "opt_out"),
        (SMS, {"body": "Hello. Reply STOP."}, "sms_sender"),
        (EMAIL, {"text": "A bonus. Tiny Bank, Platz 1, Berlin"}, "unsubscribe"),
        (EMAIL, {"text": f"A bonus. Tiny Bank {URL}"}, "sender"),
        (EMAIL, {"message_id": "00fe"}, "one_click"),
        (EMAIL, {"subject": "Act  now!"}, "blocked_words"),
        (EMAIL, {"subject": "a\u00adct now"}, "blocked_words"),
        (EMAIL, {"html": EMAIL["html"] + "<p>a&shy;ct&#8239;n&#x6f;w"}, "blocked_words"),
        (EMAIL, {"subject": "3.5% a year", "figures": "3 1 3.4", "figures_approved": "3.55 35"}, "figures"),
        (EMAIL, {"html": EMAIL["html"] + "<p>1,234</p>", "figures": "3 1 1.234"}, "figures"),
        (PUSH, {"body": "See tiny.ex\u0430mple now"}, "mixed_script"),
        (PUSH, {"body": "See tin\u03bd.example"}, "mixed_script"),
        (PUSH, {"body": "See xn--tny-rma.example"}, "mixed_script"),
        (EMAIL, {"text": f"{'Unverständlichkeitsbegünstigung ' * 40}. {FOOT}"}, "reading"),
        (EMAIL, {"not_after_utc": datetime(2026, 9, 2)}, "late"),  # noqa: DTZ001 - UTC, naive
    ],
)
def test_each_check_withholds_what_it_sees_to(message, changes, check):
    assert _failed(message, **changes) == [check]


@pytest.mark.parametrize(
    "body",
    [
        "Amazon.de and Booking.com, km/h, and/or",
        "Do you know Amazon.de?",
        "See tiny.example/a and Tiny.Example/b",
        "On 1.7./2.7., e.g./i.e., 1/2",
        "We use https: it is safe",
    ],
)
def test_names_of_merchants_and_the_banks_own_hosts_are_no_strange_links(body):
    assert _failed(PUSH, body=body) == []


def test_what_an_entity_says_of_an_entity_stays_text():
    assert _failed(EMAIL, html=EMAIL["html"] + "<p>https&amp;#58;//a and &copy; x</p>") == []
    assert _failed(EMAIL, html=EMAIL["html"] + "<p>act&amp;nbsp;now &copy;</p>") == []


def test_a_word_with_a_joint_is_looked_for_as_it_is_read():
    assert _judged(_rule(forbids=["bo\u200cnus"]), EMAIL) == ["law"]


def test_names_of_advisors_and_calls_may_have_every_letter_and_may_lack():
    for message in (CALL, BRIEF):
        assert _failed(message, addressee="Zoë O'Neil-Müller محمد") == []
        assert _failed(message, addressee=None) == []


def test_numbers_of_values_and_of_approved_words_may_stand_in_a_message():
    says = {"subject": "3.5% for 2 years", "figures": "3.5 1", "figures_approved": "2 3"}
    assert _failed(EMAIL, **says) == []
    assert _failed(EMAIL, **{**says, "figures_approved": "3"}) == ["figures"]


@pytest.mark.parametrize("body", ["Привет. Tiny Bank", "Αθήνα, Ω. Then", "tiny.example and Москва"])
def test_words_of_another_alphabet_are_no_mixed_address(body):
    assert _failed(PUSH, body=body) == []


def test_a_token_that_happens_to_hold_the_letters_of_a_coded_name_is_no_mixed_address():
    url = "https://tiny.example/u?t=v1.00ff.xn--a9"
    foot = FOOT.replace(URL, url)
    assert _failed(EMAIL, unsubscribe_url=url, html=f"<p>Hello</p>{foot}", text=f"Hello {foot}") == []


def test_a_language_of_which_nothing_is_said_and_a_short_text_are_read_as_they_are():
    hard = f"{'Unverständlichkeitsbegünstigung ' * 40}. {FOOT}"
    assert _failed(EMAIL, text=hard, locale="de") == []
    assert _failed(EMAIL, text=hard, locale="en-GB") == ["reading"]
    assert _failed(EMAIL, text=f"{'Unverständlichkeitsbegünstigung ' * 10}. {FOOT}") == []


def test_braces_of_the_template_language_are_never_sent():
    assert _failed(PUSH, title="{{ 7 * 7 }}") == ["unrendered", "blocked_words"]


def test_words_that_an_approved_text_has_itself_are_no_missing_value():
    template = Template(template="stay", channel="email", author="Ann", locales={"en": {"text": "None of it is sold."}})
    assert _failed(EMAIL, given=_given(templates={("email", "stay"): template}), subject="None of it is sold") == []


def test_a_service_message_needs_no_way_out():
    assert _failed(EMAIL, **{"class": "service"}, text="Tiny Bank, Platz 1, Berlin") == []
    assert _failed(SMS, **{"class": "service"}, body="Tiny Bank: hello.") == []


def _rule(**changes):
    said = {"id": "law", "law": "L", "source": "s", "jurisdiction": "EU", "owner": "o", "effective_from": "2026-01-01"}
    return ComplianceRule.model_validate({**said, **changes})


def _judged(rule, message, **changes):
    given = _given(rules=(rule,))
    return _failed(message, given=given, checks=checks_of(given.rules, given), **changes)


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({}, ["law"]),
        ({"groups": ["credit"]}, []),
        ({"channels": ["sms"]}, []),
        ({"classes": ["service"]}, []),
        ({"effective_from": "2026-07-02"}, []),
        ({"effective_until": "2026-07-01"}, []),
        ({"triggered_by": ["rate"]}, ["law"]),
        ({"triggered_by": ["bonus"]}, ["law"]),
        ({"triggered_by": ["bonuses", "mortgage"]}, []),
    ],
)
def test_a_rule_asks_for_its_block_where_it_speaks(changes, failed):
    assert _judged(_rule(requires_block="leave", **changes), EMAIL) == failed


def test_the_block_must_stand_word_for_word_in_every_part_and_in_the_messages_language():
    rule, says = _rule(requires_block="leave"), "Within 14 days you may leave."
    whole = {"html": f"<i>{says}</i>", "text": says}
    assert _judged(rule, EMAIL, **whole) == []
    assert _judged(rule, EMAIL, **{**whole, "text": "Within 14 days you could leave."}) == ["law"]
    assert _judged(rule, EMAIL, **{**whole, "html": "<p>Within 14 days</p>"}) == ["law"]
    assert _judged(rule, EMAIL, **whole, locale="en-GB") == []
    assert _judged(rule, EMAIL, **whole, locale="de") == ["law"]


@pytest.mark.parametrize(
    ("word", "failed"), [("risk-free", ["law"]), ("BONUS", ["law"]), ("bon", []), ("'3%'", ["law"])]
)
def test_a_forbidden_word_is_found_by_itself_in_any_writing_and_through_tags(word, failed):
    assert _judged(_rule(forbids=[word]), EMAIL) == failed


def test_a_rule_that_only_warns_withholds_nothing():
    rule = _rule(forbids=["bonus"], severity="warn")
    given = _given(rules=(rule,))
    row = {**dict.fromkeys(TEXTS), **EMAIL, "failed": []}
    frame = pl.DataFrame([row], schema_overrides={**dict.fromkeys(TEXTS, pl.String), "failed": pl.List(pl.String)})
    result = judged(frame, given, (), warnings=checks_of((rule,), given))
    assert result.select("failed", "warned", "check_id").row(0) == ([], ["law"], None)


DECIDED = pl.DataFrame(
    {
        "message_id": ["a", "b"],
        "customer_no": [1, 2],
        "offer_id": "stay",
        "treatment_id": "email",
        "channel": "email",
        "is_ghost": [False, True],
    }
)


def test_every_message_has_its_decision_and_every_decision_its_message():
    messages = DECIDED.head(1).drop("is_ghost")
    assert reconciled(messages, DECIDED) is messages


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        (DECIDED, "1 messages have no decision that is carried out"),
        (DECIDED.clear(), "1 decisions have no message"),
        (pl.concat([DECIDED.head(1)] * 2), "1 messages repeat a key"),
        (DECIDED.head(1).with_columns(customer_no=pl.lit(9, pl.Int64)), "1 messages have no decision"),
    ],
)
def test_a_message_that_nobody_decided_stops_the_run(messages, told):
    with pytest.raises(ComplianceError, match=told):
        reconciled(messages, DECIDED)


def test_what_is_required_must_be_said_in_each_part_one_text_of_each_list():
    rule = _rule(requires=[["APR", "annual percentage rate"], ["annual fee"]])
    whole = {"html": "<p>9% <b>APR</b>, no annual fee</p>", "text": "9% annual percentage rate; annual fee: none"}
    assert _judged(rule, EMAIL, **whole) == []
    assert _judged(rule, EMAIL, **{**whole, "text": "9% annual percentage rate"}) == ["law"]
    assert _judged(rule, EMAIL, **{**whole, "html": "<p>no annual fee</p>"}) == ["law"]


def test_a_block_stands_for_the_texts_that_are_required():
    rule = _rule(requires_block="leave", requires=[["you may go"]])
    says = "Within 14 days you may leave."
    assert _judged(rule, SMS, body=f"Tiny Bank: {says}") == []
    assert _judged(rule, SMS, body="Tiny Bank: you may go") == []
    assert _judged(rule, SMS, body="Tiny Bank: you may stay") == ["law"]


@pytest.mark.parametrize(
    ("body", "failed"),
    [
        ("0% APR, introductory, for a year. Then 21.9%.", []),
        ("0% APR for a year. The introductory time ends.", ["law"]),
        ("21.9% APR. Introductory words.", []),
    ],
)
def test_what_is_required_beside_a_trigger_stands_in_its_sentence(body, failed):
    rule = _rule(triggered_by=["0% APR"], requires=[["introductory"]], requires_near="sentence")
    assert _judged(rule, SMS, body=body) == failed


def test_a_trigger_makes_forbidden_words_speak_and_an_exception_makes_them_silent():
    assert _judged(_rule(forbids=["bonus"], triggered_by=["rate"]), EMAIL) == ["law"]
    assert _judged(_rule(forbids=["bonus"], triggered_by=["monthly_fee_minor"]), EMAIL) == []
    assert _judged(_rule(forbids=["bonus"], unless=["rate"]), EMAIL) == []
    assert _judged(_rule(forbids=["bonus"], unless=["ends_on"]), EMAIL) == ["law"]


@pytest.mark.parametrize(
    ("shows", "message", "changes", "failed"),
    [
        (["sender_name", "postal_address", "way_out"], EMAIL, {}, []),
        (["postal_address"], EMAIL, {"text": f"Tiny Bank {URL}"}, ["law"]),
        (["way_out"], EMAIL, {"html": "<p>Tiny Bank, Platz 1, Berlin</p>"}, ["law"]),
        (["sender_name", "way_out"], SMS, {}, []),
        (["sender_name"], SMS, {"body": "Hello. Reply STOP."}, ["law"]),
        (["way_out"], SMS, {"body": "Tiny Bank: hello."}, ["law"]),
        (["sender_name", "way_out"], PUSH, {}, []),
    ],
)
def test_a_rule_may_ask_what_a_message_shows_of_its_sender(shows, message, changes, failed):
    assert _judged(_rule(shows=shows), message, **changes) == failed


def test_a_rule_of_a_kind_of_product_speaks_of_the_groups_that_sell_it():
    catalog = {"issues": {"grow": {}}, "groups": {"savings": {"issue": "grow", "regulated_as": ["deposit"]}}}
    for products, failed in ((["deposit"], ["law"]), (["loan", "deposit"], ["law"]), (["loan"], [])):
        rule = _rule(forbids=["bonus"], products=products)
        given = _given(rules=(rule,), catalog=Catalog.model_validate(catalog))
        assert _failed(EMAIL, given=given, checks=checks_of(given.rules, given)) == failed
