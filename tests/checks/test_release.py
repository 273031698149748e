from decimal import Decimal

import polars as pl

from persona.checks.release import refused, releases
from persona.policy.rules import Quality

QUALITY = Quality(release={"low": "automatic", "high": "manual"}, max_withheld_share=Decimal("0.05"))


def _messages(withheld, planned, risk="low"):
    ids = ["links"] * withheld + [None] * (planned - withheld)
    columns = {"offer_id": "stay", "treatment_id": "email", "risk_class": risk, "check_id": ids}
    return pl.DataFrame(columns, schema_overrides={"check_id": pl.String})


def _release(*said):
    (release,) = releases(_messages(*said), QUALITY)
    return release.mode, release.is_stopped, release.is_automatic


def test_the_risk_class_says_how_messages_leave_and_an_unknown_one_waits_for_people():
    assert _release(0, 10) == ("automatic", False, True)
    assert _release(0, 10, "high") == ("manual", False, False)
    assert _release(0, 10, "medium") == ("manual", False, False)


def test_more_withheld_than_the_playbook_allows_stops_the_set():
    assert _release(5, 100) == ("automatic", False, True)
    assert _release(6, 100) == ("automatic", True, False)


def test_a_single_message_is_no_share():
    assert _release(1, 1) == ("automatic", False, True)
    assert _release(2, 2) == ("automatic", True, False)


def test_the_error_names_the_treatment_the_count_and_the_checks():
    error = refused(releases(_messages(1_200, 2_000), QUALITY), {"links": "links are ours", "late": "x"})
    assert str(error) == (
        "release: stay/email: 1,200 of 2,000 messages are withheld (links 1,200)\n"
        "  links: links are ours\n"
        "  Mend the template or the data, or raise max_withheld_share in rules/qa.yaml."
    )
    assert error.exit_code == 5
    assert refused(releases(_messages(0, 2_000), QUALITY), {}) is None
