"""What is said of a specimen holds for all messages that are alike: each gets the verdict that it would by itself."""

from dataclasses import replace
from datetime import date
from itertools import product

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.checks import Specimens, checked, heeded
from persona.messages import composed
from persona.messages.wording import wordings
from persona.policy.content import Template
from persona.policy.rules import Compliance, Quality

DAY, KEY = date(2026, 7, 1), b"k" * 32

PLAIN = ["Ann", "Jürgen", "Anne-Marie", "O'Neil", "José María", "Wolfgang", "Nguyễn", "Li", "Maximilian", "de la Cruz"]
ODD = [
    *("Idiot", "Idiotin", "idiot Ann", "Act", "now", "None", "Nan", "www", "data", "javascript", "https", "xn", "STOP"),
    *("Ann 2nd", "7", "3.5%", "€5", "1,234.50", "A. B.", "Ann!", "Ann: ", "x" * 70, "Ωmega", "Иван", "a\u0430", "İlk"),
    *("{{ Ann }}", "<b>", "Ann & Bob", '"', "://", "a@b.example", "http://evil.example", "evil.example", "Ann\u202e"),
    *(
        "guaranteed",
        "covered",
        "Guaranteed by law",
        "tied",
        "risk-free",
        "free",
        "ann_now",
        "ſtop",
        "\u00a0",
        " Ann",
        "ǯ",
    ),
    *("iot", "ct", "isk", "bit.ly", "bit.ly/x", "a\u00adct", "ftp", "https:x"),
]
RULES = [
    {"forbids": ["risk-free", "act now", "100 %"]},
    {"triggered_by": ["guaranteed"], "requires": [["covered by law"]]},
    {"triggered_by": ["tied", "rate"], "requires": [["covered"], ["law"]], "requires_near": "sentence"},
    {"requires": [["stop", "opt out"]]},
    {"forbids": ["dear Wolfgang", "7 times"], "severity": "warn"},
]
BODIES = [
    "Dear {{ first_name }}, {{ balance_minor }} end soon. Stop: opt out.",
    "{{ first_name }} {{ last_name }}: tied. Covered by law. Act {{ first_name }}! STOP",
    "Dear {{ first_name }}s, act {{ last_name }}now; {{ first_name | upper }}. Stop.",
    "See www.{{ first_name }}, xn--{{ last_name }} and data:{{ first_name }}/x. STOP",
    "Risk-{{ first_name }} or {{ last_name }}-free? Stop",
    "{{ first_name }}{{ last_name }} opt out",
    "See {{ first_name }}?a, {{ last_name }}:x STOP",
    "Id{{ first_name }}, a{{ last_name }} now. STOP",
    "{{ balance_minor }} % of {{ first_name }}.{{ last_name }} stop",
    "{% if balance_minor > 50000 %}Rate {{ first_name }}. Covered.{% elif last_name == 'Li' %}act now{% endif %} STOP",
    "Stop. " + "A longer text that is read with some more attention than others are by {{ first_name }}. " * 4,
    "{{ sender_name }}, {{ first_name }}, {{ reason }} {{ valid_until | day_long }} in 1,234.50. stop",
]
HTML = [
    "<p>Dear {{ first_name }},</p><p>{{ last_name }}</p>",
    "<p>Dear <b>{{ first_name }}</b>s, act <i>now</i>{{ last_name }}</p>",
    "<p>R<b>{{ first_name }}</b>-free</p>",
    "<td>{{ first_name }}</td><td>{{ last_name }}</td> <img alt='{{ first_name }}'>",
    "<h1>{{ first_name }}<br>risk</h1>-free <span>{{ balance_minor }}</span><style>p {color: #123456}</style>",
]
FOOT = "{{ sender_name }}, {{ sender_postal_address }}"


@pytest.fixture(scope="module")
def policy(bank):
    common = {"law": "l", "source": "s", "owner": "o", "effective_from": "2020-01-01", "jurisdiction": "DE"}
    both = {"passes": [{"given": {}}] * 2, "fails": [{"given": {}}] * 2}
    rules = [{"id": f"rule_{at}", **common, **both, **one} for at, one in enumerate(RULES)]
    quality = {"release": {"low": "automatic"}, "blocked_words": ["idiot", "{{", "www.evil"], "reading": {"en": 30}}
    models = {"compliance": (Compliance.model_validate({"rules": rules}),), "qa": (Quality.model_validate(quality),)}
    return replace(bank, models={**bank.models, **models})


def _given(decided, channel):
    """Customers of plain and odd names, so many that each name is one of many."""
    firsts, lasts = zip(*[*product(PLAIN, PLAIN), *product(ODD, PLAIN[:2]), *product(PLAIN[:2], ODD)], strict=True)
    balances = [20_000 + 137 * at for at in range(len(firsts))]
    given = decided(list(firsts), channel=channel, balances=balances)
    people = given["people"].with_columns(last_name=pl.Series(lasts))
    late = pl.when(pl.col("customer_id") == "K9").then(pl.lit("nobody")).otherwise("push_token")
    return {**given, "people": people.with_columns(push_token=late)}


def _both(policy, given, texts, channel):
    """The verdicts with specimens, and those of each message by itself; and how many messages have a specimen."""
    slots = {"balance_minor": {"type": "money"}}
    template = Template(template="stay", channel=channel, author="Ann", slots=slots, locales={"en": texts})
    worded = wordings([template], policy.blocks, languages=policy.workspace.languages)
    made = composed(**given, policy=policy, wordings=worded, key=KEY, day=DAY, heeded=heeded(policy, day=DAY))
    fast = checked(made.messages, policy=policy, day=DAY, specimens=Specimens(made.kin, made.specimens))
    return fast, checked(made.messages, policy=policy, day=DAY), made


@pytest.mark.parametrize("body", BODIES)
def test_each_message_is_judged_as_it_would_be_by_itself(policy, decided, body):
    fast, slow, _ = _both(policy, _given(decided, "push"), {"title": "Stay", "body": body}, "push")
    assert_frame_equal(fast, slow)


@pytest.mark.parametrize("html", HTML)
def test_each_email_is_judged_as_it_would_be_by_itself(policy, decided, html):
    address = "Stop: {{ unsubscribe_url }}"
    text = f"Dear {{{{ first_name }}}} {{{{ last_name }}}}, {FOOT}. {address}"
    texts = {"subject": "Stay, {{ first_name }}", "html": f"{html} {FOOT} <p>{address}</p>", "text": text}
    fast, slow, _ = _both(policy, _given(decided, "email"), texts, "email")
    assert_frame_equal(fast, slow)


def test_plain_names_and_amounts_have_few_specimens_and_odd_ones_have_none(policy, decided):
    given = _given(decided, "push")
    fast, _, made = _both(policy, given, {"title": "Stay", "body": BODIES[0]}, "push")
    plain = made.kin.filter(_is_plain(given["people"]))
    assert plain.null_count() == 0
    assert made.specimens.height < len(plain) / 3
    odd = given["people"]["first_name"].is_in(["Idiot", "None", "Иван", "<b>", "free", "Wolfgang"])
    assert made.kin.filter(odd).null_count() == odd.sum()
    assert fast["check_id"].is_null().sum() > len(plain) / 2


def test_a_value_that_does_not_stand_by_itself_has_no_specimen(policy, decided):
    given = _given(decided, "push")
    for body in (BODIES[2], BODIES[3], BODIES[5]):
        kin = _both(policy, given, {"title": "Stay", "body": body}, "push")[2].kin
        assert kin.filter(_is_plain(given["people"])).drop_nulls().is_empty()


def test_legal_text_in_a_language_not_his_own_withholds_a_message_that_is_in_order_otherwise(policy, decided):
    given = _given(decided, "push")
    speaks_german = pl.col("customer_no") % 2 == 0
    given["profile"] = given["profile"].with_columns(
        language=pl.when(speaks_german).then(pl.lit("de")).otherwise("language")
    )
    texts = {"title": "Stay", "body": f"{BODIES[0]} {{% include 'guarantee' %}}"}
    fast, slow, made = _both(policy, given, texts, "push")
    assert_frame_equal(fast, slow)
    is_law = fast["failed"].list.contains("legal_language")
    assert is_law.to_list() == fast.select(speaks_german).to_series().to_list()
    assert made.kin.filter(is_law).drop_nulls().len() > 0
    assert fast.filter(~is_law)["check_id"].null_count() > 0


def _is_plain(people):
    """Whether both names are plain and no rule heeds them."""
    unheeded = [name for name in PLAIN if name != "Wolfgang"]
    return people["first_name"].is_in(unheeded) & people["last_name"].is_in(unheeded)
