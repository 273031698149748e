"""A person allows content by its hash; nobody allows what he wrote himself."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fakes import nights

from persona.messages.signatures import public_key

BY = ("--who", "second@tiny.example.com", "--role", "marketing", "--on", "2026-03-01")


def edit(root):
    """Change a template and an offer, whose approvals are void then."""
    for name, old, new in (
        ("templates/email/weekend.yaml", "A weekend away", "Two days away"),
        ("rules/offers/tips.yaml", 'worth: "100"', 'worth: "90"'),
    ):
        path = root / name
        path.write_text(path.read_text().replace(old, new))


def test_what_lacks_an_approval_is_listed_with_why_and_where(fresh):
    assert nights.persona(fresh, "approve", "--on", "2026-07-01").out == "Everything is approved.\n"
    edit(fresh)
    listed = nights.persona(fresh, "approve", "--on", "2026-07-01").out
    assert [line.split()[:2] for line in listed.splitlines() if ":" in line and "Next" not in line] == [
        ["offer:tips", "edited"],
        ["template:email/weekend", "edited"],
    ]
    told = nights.persona(fresh, "approve", "--status", "--on", "2026-07-01", "--json").json["status"]
    assert told[0] == {
        "content": "offer:tips",
        "state": "edited",
        "until": "",
        "who": "1 of legal or marketing (boss@tiny.example.com, second@tiny.example.com)",
        "where": "rules/offers/tips.yaml",
    }


def test_an_approval_that_ends_soon_is_told_with_who_gave_it(fresh):
    told = nights.persona(fresh, "approve", "--status", "--on", "2027-12-01", "--json").json["status"]
    assert {(one["state"], one["until"], one["who"]) for one in told} == {
        ("expiring", "2027-12-16", "boss@tiny.example.com")
    }
    assert len(told) == 12


def test_an_approval_of_what_is_named_lets_that_and_nothing_else_pass(fresh):
    edit(fresh)
    assert nights.persona(fresh, "approve", "offer:tips", *BY).code == 0
    refused = nights.persona(fresh, "run")
    assert refused.code == 5
    assert "1 approval missing" in refused.err
    assert "persona approve template:email/weekend" in refused.err
    assert nights.persona(fresh, "approve", "template:email/weekend", *BY).code == 0
    assert nights.persona(fresh, "run", "--quiet").code == 0


def test_a_void_approval_is_told_before_a_finished_night_asks_to_be_replaced(after):
    books, files = nights.ledger(after), nights.published(after)
    edit(after)
    refused = nights.persona(after, "run")
    assert (refused.code, refused.out) == (5, "")
    assert "2 approvals missing" in refused.err
    assert "--replace" not in refused.err
    assert nights.persona(after, "approve", *BY).code == 0
    asked = nights.persona(after, "run")
    assert asked.code == 2
    assert "Run with --replace" in asked.err
    assert (nights.ledger(after), nights.published(after)) == (books, files)


def test_an_author_is_refused_however_he_writes_his_name(fresh):
    edit(fresh)
    before = (fresh / "approvals.yaml").read_bytes()
    told = nights.persona(fresh, "approve", "offer:tips", "--who", " Writer@Tiny.example.com", "--role", "marketing")
    assert (told.code, told.out) == (5, "")
    assert "is the author of offer:tips" in told.err
    rest = nights.persona(
        fresh, "approve", "--who", "WRITER@tiny.example.com", "--role", "marketing", "--on", "2026-03-01"
    )
    assert (rest.code, rest.out) == (
        0,
        "Nothing waits for an approval by WRITER@tiny.example.com as marketing.\n",
    )
    assert (fresh / "approvals.yaml").read_bytes() == before


def test_an_approval_holds_from_its_day_until_the_day_before_it_expires(fresh):
    edit(fresh)
    for name in ("offer:tips", "template:email/weekend"):
        argv = ("--who", "boss@tiny.example.com", "--role", "legal", "--on", "2026-06-01", "--days", "30")
        assert nights.persona(fresh, "approve", name, *argv).code == 0
    told = {day: nights.persona(fresh, "run", "--dry-run", "--as-of", day) for day in ("2026-06-30", "2026-07-01")}
    assert {day: one.code for day, one in told.items()} == {"2026-06-30": 0, "2026-07-01": 5}
    assert "expired on 2026-07-01" in told["2026-07-01"].err


def test_the_first_approvals_make_the_file(fresh):
    (fresh / "approvals.yaml").unlink()
    assert nights.persona(fresh, "approve", *BY).code == 0
    assert (fresh / "approvals.yaml").read_text().startswith("approvals:\n")
    assert nights.persona(fresh, "approve", "--on", "2026-07-01").out == "Everything is approved.\n"


def own_key(root, who="boss@tiny.example.com", roles="legal"):
    """A key of the approver's own, registered, and signatures asked of everybody."""
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    (root / "boss.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
    (root / "rules/approvers.yaml").write_text(
        f"approvers: [{{who: {who}, roles: [{roles}], key: '{public_key(key)}'}}]\n", encoding="utf-8"
    )
    (root / "approvals.yaml").unlink()


SIGNED = ("--who", "boss@tiny.example.com", "--role", "legal", "--on", "2026-03-01")


def test_a_signed_night_runs_and_one_with_an_approval_written_by_hand_does_not(fresh):
    own_key(fresh)
    unsigned = nights.persona(fresh, "approve", *SIGNED)
    assert (unsigned.code, unsigned.out) == (5, "")
    assert "must be signed" in unsigned.err
    assert nights.persona(fresh, "approve", *SIGNED, "--key", "boss.pem").code == 0
    assert nights.persona(fresh, "run", "--dry-run").code == 0
    path = fresh / "approvals.yaml"
    path.write_text(path.read_text().replace("expires: '2027-03-01'", "expires: '2028-03-01'", 1))
    refused = nights.persona(fresh, "run", "--dry-run")
    assert refused.code == 5
    assert "the signature of boss@tiny.example.com under the approval of block 'foot' is false" in refused.err


def test_a_key_that_is_not_the_approvers_is_refused_with_what_to_register(fresh):
    own_key(fresh)
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    (fresh / "other.pem").write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    refused = nights.persona(fresh, "approve", *SIGNED, "--key", "other.pem")
    assert (refused.code, refused.out) == (5, "")
    assert f"`key: {public_key(other)}`" in refused.err


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        (("--who", "eve@tiny.example.com", "--role", "legal"), 2, "unknown approver 'eve@tiny.example.com'"),
        (("--who", "boss@tiny.example.com", "--role", "pope"), 2, "is no approver as 'pope'"),
        (("--who", "boss@tiny.example.com", "--role", "legal", "--key", "persona.yaml"), 2, "no private key in PEM"),
        (("--who", "boss@tiny.example.com", "--role", "legal", "--key", "nowhere"), 2, "No such file"),
        (("--who", "boss@tiny.example.com", "--role", "legal", "--scope", "fr"), 2, "has no text in 'fr'"),
        (("--who", "boss@tiny.example.com", "--role", "legal", "--status"), 2, "lists only"),
    ],
)
def test_who_may_not_approve_so_is_told_why_and_nothing_is_written(fresh, argv, code, told):
    edit(fresh)
    before = (fresh / "approvals.yaml").read_bytes()
    refused = nights.persona(fresh, "approve", "template:email/weekend", *argv)
    assert (refused.code, refused.out) == (code, "")
    assert told in refused.err
    assert (fresh / "approvals.yaml").read_bytes() == before


FORBIDDEN = {
    "a call": "{{ first_name.upper() }}",
    "a loop without bound": "{% for x in range(99999) %}x{% endfor %}",
    "a slot that is set anew": "{% set first_name = 'x' %}",
    "unescaped output": "{{ first_name | safe }}",
    "escaping switched off": "{% autoescape false %}{{ first_name }}{% endautoescape %}",
    "a filter that hides a gap": "{{ first_name | default('you') }}",
    "a test that hides a gap": "{% if first_name is defined %}x{% endif %}",
    "a slot that is not declared": "{{ salary }}",
    "an attribute": "{{ first_name.__class__ }}",
    "an item": "{{ first_name['x'] }}",
    "a file outside": "{% include '../../persona.yaml' %}",
    "another template": "{% extends 'base' %}",
    "a macro": "{% macro m() %}x{% endmacro %}",
    "an expression": "{{ 'a' * 1000000000 }}",
}


@pytest.mark.parametrize("text", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_what_a_template_may_not_do_is_refused_before_anybody_can_approve_it(fresh, text):
    path = fresh / "templates/email/weekend.yaml"
    path.write_text(path.read_text().replace("<p>Dear", f"<p>{text}Dear"))
    refused = nights.persona(fresh, "approve", *BY)
    assert (refused.code, refused.out) == (2, "")
    assert "templates/email/weekend.yaml:" in refused.err
