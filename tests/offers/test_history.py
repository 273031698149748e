from persona.offers.history import contact_history

BEFORE = "2026-06-20T08:00"


def _history(contacts, outcomes, columns, offers, as_of):
    return contact_history(contacts, outcomes, actions=columns(*offers), as_of=as_of)


def test_what_is_on_its_way_is_history_and_what_never_went_out_is_not(contacts, outcomes, columns, offer, as_of):
    states = ["planned", "written", "handed_off", "sent", "rejected", "recalled", "expired", "ghost"]
    told = contacts(*({"at": BEFORE, "status": state, "message_id": state} for state in states))
    history = _history(told, outcomes(), columns, [offer()], as_of)
    assert history["message_id"].to_list() == ["ghost", "handed_off", "planned", "sent", "written"]
    assert history.filter("is_ghost")["message_id"].to_list() == ["ghost"]
    assert history.filter("is_sent")["message_id"].to_list() == ["sent"]


def test_the_plan_of_the_same_instant_is_not_history(contacts, outcomes, columns, offer, as_of):
    told = contacts({"at": "2026-06-30T22:00"}, {"at": "2026-06-30T21:59"})
    assert _history(told, outcomes(), columns, [offer()], as_of).height == 1


def test_contacts_before_the_ledger_come_from_outcomes_with_the_catalogues_words(
    contacts, outcomes, columns, offer, as_of
):
    told = outcomes({"at": BEFORE}, {"at": BEFORE, "outcome": "opened"}, {"at": BEFORE, "offer_id": "long_gone"})
    notice = offer("gold", campaign="spring", **{"class": "service"})
    history = _history(contacts(), told, columns, [notice], as_of)
    words = history.select("offer_id", "group_id", "campaign_id", "class", "occasion", "is_sent")
    assert words.rows() == [
        ("gold", "cards", "spring", "service", "2026-06-20", True),
        ("long_gone", None, "long_gone", "marketing", "2026-06-20", True),
    ]


def test_an_outcome_of_a_contact_in_the_ledger_is_not_a_second_contact(contacts, outcomes, columns, offer, as_of):
    told = contacts({"at": BEFORE, "message_id": "m1"})
    answers = outcomes({"at": BEFORE, "message_id": "m1"}, {"at": BEFORE, "message_id": "m2"})
    assert _history(told, answers, columns, [offer()], as_of)["message_id"].to_list() == ["m1", "m2"]


def test_sent_and_delivered_are_one_contact(contacts, outcomes, columns, offer, as_of):
    named = [{"at": BEFORE, "message_id": "m"}, {"at": "2026-06-21T08:00", "outcome": "delivered", "message_id": "m"}]
    nameless = [{"at": BEFORE, "offer_id": "x"}, {"at": "2026-06-21T08:00", "outcome": "delivered", "offer_id": "x"}]
    only_delivered = [{"at": BEFORE, "outcome": "delivered", "offer_id": "y"}]
    history = _history(contacts(), outcomes(*named, *nameless, *only_delivered), columns, [offer()], as_of)
    assert sorted(history["offer_id"]) == ["gold", "x", "y"]


def test_what_a_holdout_was_not_told_is_no_contact(contacts, outcomes, columns, offer, as_of):
    told = outcomes({"at": BEFORE, "arm": "holdout"}, {"at": BEFORE, "arm": "treated", "offer_id": "x"})
    assert _history(contacts(), told, columns, [offer()], as_of)["offer_id"].to_list() == ["x"]


def test_the_future_is_not_known(contacts, outcomes, columns, offer, as_of):
    told = outcomes({"at": "2026-07-01T08:00"})
    assert _history(contacts(), told, columns, [offer()], as_of).is_empty()
