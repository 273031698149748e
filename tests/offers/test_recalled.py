import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.offers import may_be_told, recalled, stopped

STOPS = {"deceased": ["marketing", "service", "regulatory"], "dispute": ["marketing"]}


def _messages(*rows):
    names = ("message_id", "customer_no", "channel", "class", "is_profiled")
    return pl.DataFrame(rows, schema=names, orient="row")


def _consents(*agreed):
    rows = {"customer_no": [number for number, _ in agreed], "consent_email": [yes for _, yes in agreed]}
    return pl.DataFrame(rows, schema={"customer_no": pl.Int64, "consent_email": pl.Boolean})


def _suppressions(*rows):
    return pl.DataFrame(rows, schema={"customer_no": pl.Int64, "type": pl.String, "channel": pl.String}, orient="row")


def _found(messages, *, marketing=(), service=(), suppressions=(), objectors=()):
    made = recalled(
        messages,
        consents={"marketing": _consents(*marketing), "service": _consents(*service)},
        suppressions=_suppressions(*suppressions),
        stops=STOPS,
        objectors=objectors,
    )
    return made.rows()


def test_who_has_withdrawn_and_who_is_not_known_any_more_is_recalled():
    mails = _messages(("a", 1, "email", "marketing", False), ("b", 2, "email", "marketing", False))
    assert _found(mails, marketing=[(1, False)]) == [("a", "C", "consent"), ("b", "C", "consent")]
    assert _found(mails, marketing=[(1, True), (2, True)]) == []


def test_a_dispute_recalls_advertising_and_a_death_everything():
    both = _messages(("ad", 1, "email", "marketing", False), ("note", 1, "email", "service", False))
    agreed = {"marketing": [(1, True)], "service": [(1, True)]}
    assert _found(both, **agreed, suppressions=[(1, "dispute", None)]) == [("ad", "X", "dispute")]
    died = [(1, "dispute", None), (1, "deceased", None)]
    assert _found(both, **agreed, suppressions=died) == [("ad", "X", "deceased"), ("note", "X", "deceased")]


def test_a_suppression_of_another_channel_recalls_nothing_and_an_unknown_type_all():
    mail = _messages(("a", 1, "email", "service", False))
    agreed = {"service": [(1, True)]}
    assert _found(mail, **agreed, suppressions=[(1, "deceased", "sms")]) == []
    assert _found(mail, **agreed, suppressions=[(1, "riddle", "email")]) == [("a", "X", "riddle")]


def test_an_objection_recalls_what_rests_on_profiling_only():
    mails = _messages(("plain", 1, "email", "marketing", False), ("inferred", 1, "email", "marketing", True))
    assert _found(mails, marketing=[(1, True)], objectors=[1]) == [("inferred", "C", "profiling")]


@given(
    st.lists(
        st.tuples(st.booleans(), st.booleans(), st.sampled_from(["deceased", "dispute", "riddle", None])), max_size=6
    ),
    st.lists(st.sampled_from([None, "email", "sms"]), min_size=6, max_size=6),
)
def test_what_may_be_planned_now_is_never_recalled_and_what_may_not_always(people, channels):
    numbers = range(1, len(people) + 1)
    facts = list(zip(numbers, people, channels, strict=False))
    given_ = {
        "marketing": _consents(*((n, one[0]) for n, one in zip(numbers, people, strict=True))),
        "service": _consents(*((n, one[1]) for n, one in zip(numbers, people, strict=True))),
    }
    held = _suppressions(*((n, one[2], channel) for n, one, channel in facts if one[2]))
    slots = ("marketing", "service", "regulatory")
    rows = [(f"{slot}{n}", n, "email", slot, False) for n in numbers for slot in slots]
    schema = {"message_id": pl.String, "customer_no": pl.Int64, "channel": pl.String, "class": pl.String}
    messages = pl.DataFrame(rows, schema={**schema, "is_profiled": pl.Boolean}, orient="row")
    profile = pl.DataFrame(
        {"customer_no": numbers, "has_email": [True] * len(people)}, schema_overrides={"customer_no": pl.Int64}
    )
    may = may_be_told(profile, given_, channels=["email"])
    stop = stopped(profile, held, stops=STOPS, channels=["email"])
    allowed = sorted(
        f"{slot}{n}"
        for slot in slots
        for n, yes, why in zip(numbers, may[f"may_{slot}_email"], stop[f"stop_{slot}_email"], strict=True)
        if yes and why is None
    )
    gone = recalled(messages, consents=given_, suppressions=held, stops=STOPS, objectors=[])
    assert sorted({*messages["message_id"]} - {*gone["message_id"]}) == allowed


def test_the_order_of_rows_means_nothing():
    mails = _messages(*((str(n), n, "email", "marketing", False) for n in range(1, 5)))
    how = {
        "consents": {"marketing": _consents((1, True), (2, False)), "service": _consents()},
        "suppressions": _suppressions((1, "dispute", None), (1, "deceased", None)),
        "stops": STOPS,
        "objectors": (),
    }
    assert_frame_equal(recalled(mails.reverse(), **how), recalled(mails, **how))
