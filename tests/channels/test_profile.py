import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.channels.profile import fitting, lint, renamed
from persona.policy.rules import Delivery

SMS = pl.DataFrame({"message_id": ["a", "b", "c"], "body": ["=1+1", "Grüße 😀", "NULL"], "phone_e164": ["+49171"] * 3})


def _profile(**changes):
    return Delivery.model_validate({"profile": "vendor", "channel": "sms", "drop": "delivery/sms", **changes})


def test_the_vendor_gets_his_columns_in_his_order_under_his_names():
    result = renamed(SMS.head(1), _profile(columns={"Text": "body", "Id": "message_id"}))
    assert_frame_equal(result, pl.DataFrame({"Text": ["=1+1"], "Id": ["a"]}))


def test_where_people_read_a_formula_is_text_and_a_number_stays_one():
    result = renamed(SMS.head(1), _profile(read_by_people=True))
    assert result.row(0) == ("a", "'=1+1", "+49171")
    assert renamed(SMS.head(1), _profile()).row(0) == ("a", "=1+1", "+49171")


def test_a_letter_that_the_encoding_has_not_is_never_replaced():
    fit, unfit = fitting(SMS, _profile(encoding="cp1252"))
    assert fit["message_id"].to_list() == ["a", "c"]
    assert unfit.rows() == [("b", "encoding")]


def test_a_text_that_looks_like_a_null_does_not_fit():
    fit, unfit = fitting(SMS, _profile(null="NULL"))
    assert fit["message_id"].to_list() == ["a", "b"]
    assert unfit.rows() == [("c", "null_text")]


def test_only_what_the_vendor_gets_has_to_fit():
    assert fitting(SMS, _profile(encoding="ascii", columns={"Id": "message_id"}))[1].is_empty()


def test_what_a_vendor_matches_by_hash_is_the_sha256_of_the_trimmed_value_in_small_letters():
    given = pl.DataFrame({"message_id": ["a", "b"], "phone_e164": [" Ann@Example.org ", None]})
    profile = _profile(columns={"id": "message_id", "em": "phone_e164", "clear": "phone_e164"}, hashed=["em"])
    assert renamed(given, profile).rows() == [
        ("a", "438c4c7afe600cdf1e455c369bec76dc970fc8ca463447c7b387a347f3c79331", " Ann@Example.org "),
        ("b", None, None),
    ]


def test_what_is_hashed_has_to_fit_no_encoding():
    columns = {"id": "message_id", "Text": "body"}
    assert fitting(SMS, _profile(encoding="ascii", columns=columns, hashed=["Text"]))[1].is_empty()


def test_instants_are_written_as_the_vendor_reads_them_and_none_stays_none():
    given = pl.DataFrame({"message_id": ["a", "b"], "not_before_utc": ["2026-07-01T06:05:00Z", None]})
    made = renamed(given, _profile(dates="%d.%m.%Y %H:%M"))
    assert made.rows() == [("a", "01.07.2026 06:05"), ("b", None)]


def test_a_letter_shop_may_be_told_the_day_alone():
    assert list(lint([_profile(channel="letter", dates="%d.%m.%Y")])) == []


@pytest.mark.parametrize(("case", "names"), [("lower", ["id", "text"]), ("upper", ["ID", "TEXT"])])
def test_names_of_columns_are_in_the_letters_that_the_vendor_wants(case, names):
    assert renamed(SMS, _profile(columns={"Id": "message_id", "Text": "body"}, case=case)).columns == names


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"columns": {"Id": "message_id", "X": "boddy"}}, "unknown column 'boddy'"),
        ({"columns": {"Text": "body"}}, "has no column for message_id"),
        ({"format": "jsonl", "columns": {"d": "body", "d.id": "message_id"}}, "'d' clashes"),
        ({"encoding": "klingon"}, "'klingon' is no encoding"),
        ({"acknowledges": {"encoding": "elvish"}}, "'elvish' is no encoding"),
        ({"drop": "../elsewhere"}, "the drop folder lies outside of the workspace"),
        ({"drop": "/etc"}, "the drop folder lies outside of the workspace"),
        ({"case": "lower", "columns": {"Id": "message_id", "ID": "body"}}, "'ID' clashes"),
        ({"hashed": ["phone"]}, "unknown column 'phone'"),
        ({"hashed": ["segments"]}, "'segments' is no text"),
        ({"hashed": ["Id"], "columns": {"Id": "message_id"}}, "message_id cannot be hashed"),
        ({"dates": "%d.%m.%Y"}, "the pattern does not say the instant"),
        ({"dates": "%d.%m.%Y %H:%M %Z"}, "unknown sign '%Z'"),
        ({"name": "{run_id}.csv"}, "the name pattern has no {part}"),
        ({"name": "../{part}.csv"}, "the name pattern gives no plain file name"),
        ({"name": ".{part}.csv"}, "the name pattern gives no plain file name"),
        ({"name": "{part.__class__}"}, "unknown field 'part.__class__'"),
        ({"name": "{part!r}"}, "only {part} may have digits: {part:03d}"),
        ({"name": "{part:99999999d}"}, "only {part} may have digits: {part:03d}"),
        ({"name": "{part"}, "the name pattern cannot be read"),
    ],
)
def test_a_profile_that_cannot_shape_a_file_is_refused(changes, fault):
    assert [error.what for error in lint([_profile(**changes)])] == [fault]


def test_two_profiles_never_write_one_file():
    other = _profile(profile="other")
    assert [error.what for error in lint([_profile(), other])] == [
        "its files would have the names of those of 'vendor'"
    ]
    assert list(lint([_profile(), _profile(profile="other", name="{profile}_{part}.csv")])) == []
