from persona.messages.approvals import contents
from persona.messages.hashed import content_hash
from persona.policy.content import Block

BLOCK = {"block": "guarantee", "kind": "disclosure", "author": "Ann", "locales": {"en": {"text": "Covered."}}}


def test_the_hash_is_of_what_is_said_and_not_of_how_it_lies_in_the_file():
    turned = dict(reversed(BLOCK.items()))
    edited = {**BLOCK, "locales": {"en": {"text": "covered."}}}
    assert content_hash(Block(**turned)) == content_hash(Block(**BLOCK))
    assert content_hash(Block(**edited)) != content_hash(Block(**BLOCK))


def test_a_text_is_as_risky_as_the_riskiest_offer_that_shows_it_and_legal_text_is_always_so(bank):
    found = {content.name: (content.risk_class, content.languages) for content in contents(bank)}
    assert found == {
        "block:guarantee": ("high", ("en", "de")),
        "offer:stay": ("low", ()),
        "template:email/stay": ("low", ("en", "de")),
        "template:push/stay": ("low", ("en",)),
        "template:sms/stay": ("low", ("en", "de")),
    }
