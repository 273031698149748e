import polars as pl
from polars.testing import assert_frame_equal

from persona.offers.permission import may_be_told


def _consents(*rows):
    return pl.DataFrame(rows, schema={"customer_no": pl.Int64, "consent_email": pl.Boolean}, orient="row")


def test_consent_and_an_address_are_both_needed_and_unknown_is_no(profile):
    rows = profile({}, {}, {"has_email": False}, {"has_email": None})
    given = _consents((1, True), (3, True), (4, True))
    result = may_be_told(rows, {"marketing": given}, channels=["email"])
    yes = [True, False, False, False]
    expected = {f"may_{slot}_email": yes for slot in ("regulatory", "service", "marketing")}
    assert_frame_equal(result, pl.DataFrame({"customer_no": [1, 2, 3, 4], **expected}))


def test_service_goes_by_its_own_consents_where_they_are_given(profile):
    consents = {"marketing": _consents((1, False)), "service": _consents((1, True))}
    result = may_be_told(profile({}), consents, channels=["email"])
    assert result.row(0, named=True) == {
        "customer_no": 1,
        "may_regulatory_email": True,
        "may_service_email": True,
        "may_marketing_email": False,
    }


def test_a_message_inside_the_app_needs_no_address(profile):
    given = pl.DataFrame({"customer_no": [1], "consent_inapp": [True]})
    rows = profile({"has_email": False, "has_phone": False, "has_push": False})
    assert may_be_told(rows, {"marketing": given}, channels=["inapp"])["may_marketing_inapp"].to_list() == [True]
