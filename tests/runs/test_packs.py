"""A bank that chooses a pack of law: what it asks of messages, hours and customers holds for a whole night."""

import pytest
from fakes import bank, nights


@pytest.fixture
def american(fresh):
    """The bank under the law of the United States, with what a pack asks of groups; to be approved by ``approved``."""
    catalog = bank.CATALOG
    for group, products in (("travel", "[]"), ("savings", "[deposit]"), ("service", "[]")):
        catalog = catalog.replace(f"  {group}: {{issue:", f"  {group}: {{regulated_as: {products}, issue:")
    bank.write(fresh / "rules/offers/catalog.yaml", catalog.lstrip("\n").encode())
    bank.write(fresh / "persona.yaml", f"{bank.PERSONA.lstrip()}packs: [us]\n".encode())
    return fresh


def decided(root):
    """What came of the night once all is approved."""
    assert nights.persona(root, *nights.APPROVED).code == 0
    return nights.persona(root, "run", "--json")


def reasons(root, customer, offer):
    """Why an offer is not for a customer, as ``persona explain`` tells it."""
    return nights.persona(root, "explain", customer, "--offer", offer).out


def test_rules_of_a_pack_have_to_be_approved_like_the_banks_own(american):
    ended = nights.persona(american, "run")
    assert ended.code == 5
    assert "packs/us.yaml" in ended.err
    assert "rule 'us_fdic_official_statement' has no approval" in ended.err


def test_what_no_source_gives_is_unknown_and_blocks_where_law_asks_for_it(american):
    decided(american)
    assert "us_tcpa_written_consent" in reasons(american, "K001", "saver")


def test_a_message_without_what_law_asks_for_is_withheld_by_the_rule(american):
    ended = decided(american)
    assert ended.code == 5
    assert "saver/email: 6 of 6 messages are withheld (us_fdic_official_statement 6)" in ended.err


def test_a_column_that_a_source_gives_lets_those_through_who_agreed(american):
    source = bank.SOURCES["customers"].replace(
        "  points: {from: points, type: integer}\n",
        "  points: {from: points, type: integer}\n"
        "  has_written_sms_consent: {expr: \"substring(id, 4) = '1'\", type: boolean}\n",
    )
    bank.write(american / "rules/sources/customers.yaml", source.lstrip("\n").encode())
    decided(american)
    assert "us_tcpa_written_consent" not in reasons(american, "K001", "saver")
    assert "us_tcpa_written_consent" in reasons(american, "K002", "saver")
