import polars as pl

from persona.offers.suppression import stopped

CUSTOMERS = pl.DataFrame({"customer_no": [1, 2, 3]})
STOPS = {"vulnerable": ("marketing",), "deceased": ("marketing", "service", "regulatory")}


def _stopped(*rows):
    schema = {"customer_no": pl.Int64, "type": pl.String, "channel": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return stopped(CUSTOMERS, frame, stops=STOPS, channels=["email", "sms"])


def test_a_type_stops_its_classes_on_its_channel_or_on_all():
    result = _stopped((1, "vulnerable", None), (2, "vulnerable", "sms"), (3, "deceased", None))
    assert result.select("stop_marketing_email", "stop_marketing_sms", "stop_service_email").rows() == [
        ("vulnerable", "vulnerable", None),
        (None, "vulnerable", None),
        ("deceased", "deceased", "deceased"),
    ]


def test_of_several_the_first_of_the_alphabet_is_told():
    assert _stopped((1, "vulnerable", None), (1, "deceased", None))["stop_marketing_email"][0] == "deceased"


def test_a_type_that_the_policy_does_not_name_stops_every_class():
    assert _stopped((1, "new_type", None)).select(pl.exclude("customer_no")).row(0) == ("new_type",) * 6


def test_nobody_suppressed_is_nobody_stopped():
    assert _stopped().select(pl.exclude("customer_no")).null_count().row(0) == (3,) * 6
