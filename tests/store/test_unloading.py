"""Deliveries taken out again: the store afterwards is the store that never had them."""

import pytest
from fakes.extracts import booking, customer, files, holder, load, rows, source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CARDS = source("cards", "transactions")
EVENTS = source("events", "events")
CORE = source("core", "customers", delivery="snapshot")
HOLDERS = source("holders", "account_holders", delivery="snapshot")

PEOPLE = rows("customers", customer("A", household_id="H1"), customer("B", household_id="H2"))
WITH_C = rows("customers", customer("A", household_id="H1"), customer("C", household_id="H1"), customer("B"))
STEPS = {
    "people": (CORE, PEOPLE, "2026-01-31"),
    "cards": (CARDS, rows("transactions", booking("t1", "2026-01-05", customer_id="A")), "2026-01-31"),
    "joined": (CORE, WITH_C, "2026-02-28"),
    "strangers": (CARDS, rows("transactions", booking("t2", "2026-02-05", customer_id="Z")), "2026-02-28"),
    "by account": (CARDS, rows("transactions", booking("t3", "2026-03-05", account_id="ACC")), "2026-03-31"),
    "holders": (HOLDERS, rows("account_holders", holder("ACC", "A")), "2026-01-31"),
    "new holders": (HOLDERS, rows("account_holders", holder("ACC", "C"), holder("ACC9", "Y")), "2026-03-31"),
    "moved in": (CORE, rows("customers", customer("B", household_id="H1"), customer("Z")), "2026-03-31"),
    "late": (CARDS, rows("transactions", booking("t4", "2025-11-05", customer_id="Y")), "2026-04-30"),
}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("PERSONA_VAULT_KEY", "ab" * 32)


def after(store, *steps):
    """The store after some deliveries, each with its number."""
    numbers = {}
    for step in steps:
        numbers[step] = load(store, *STEPS[step]).delivery.delivery_no
        store.relink()
    return numbers


def held(store):
    """All that deliveries leave behind: parts to the byte, ledger, crosswalk, owners, the numbers that come next."""
    store.relink()
    catalog = store.catalog
    return {
        "parts": {path: (store.state / str(path)).read_bytes() for (path,) in catalog.run("SELECT path FROM parts")},
        "deliveries": store.deliveries().rows(),
        "crosswalk": store.crosswalk().sort("customer_id").rows(),
        "owners": catalog.run("SELECT * FROM owners ORDER BY ALL"),
        "counters": catalog.run("SELECT * FROM counters ORDER BY ALL"),
        "rejects": catalog.run("SELECT * FROM rejects ORDER BY ALL"),
        "notes": catalog.run("SELECT * FROM notes ORDER BY ALL"),
        "facts": store.facts_fingerprint(),
    }


@pytest.mark.parametrize("bad", ["people", "joined", "strangers", "new holders"])
def test_a_delivery_taken_out_leaves_what_there_would_be_had_it_never_come(opened, tmp_path, bad):
    store = opened(tmp_path / "one")
    store.unload([after(store, *STEPS)[bad]])
    never = opened(tmp_path / "never")
    after(never, *(step for step in STEPS if step != bad))
    assert held(store) == held(never)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(list(STEPS)), count=st.integers(1, 4))
def test_whatever_the_order_and_however_many_are_taken_out(opened, tmp_path_factory, order, count):
    root = tmp_path_factory.mktemp("orders")
    store, never = opened(root / "one"), opened(root / "never")
    numbers = after(store, *order)
    store.unload([numbers[step] for step in order[:count]])
    after(never, *order[count:])
    assert held(store) == held(never)
    store.close()
    never.close()


def test_one_after_the_other_is_the_same_as_together(opened, tmp_path):
    together, apart = opened(tmp_path / "together"), opened(tmp_path / "apart")
    numbers = after(together, *STEPS)
    together.unload([numbers["people"], numbers["strangers"]])
    numbers = after(apart, *STEPS)
    apart.unload([numbers["strangers"]])
    apart.unload([numbers["people"]])
    assert held(apart) == held(together)


def test_a_file_that_was_replaced_counts_again_when_what_took_its_place_is_taken_out(opened, tmp_path):
    store, never = opened(tmp_path / "one"), opened(tmp_path / "never")
    after(never, "people", "cards", "joined")
    after(store, "people", "cards")
    wrong = rows("transactions", booking("t1", "2026-01-05", -999, customer_id="W"))
    number = load(store, CARDS, wrong, "2026-01-31", text="corrected").delivery.delivery_no
    after(store, "joined")
    told = store.unload([number])
    assert (told.rows, told.restored, told.customers) == (1, ("extracts/cards_2026-01-31.csv",), ("W",))
    assert held(store) == held(never)


def test_the_rows_of_a_replaced_file_are_kept_one_step_back(opened, tmp_path):
    store = opened()
    after(store, "cards")
    for text in ("second", "third"):
        last = load(store, CARDS, STEPS["cards"][1], "2026-01-31", text=text).delivery.delivery_no
    store.close()
    again = opened()
    assert len(files(tmp_path / "state/facts/transactions")) == 2
    assert again.unload([last]).restored == ("extracts/cards_2026-01-31.csv",)
    told = again.unload([2])
    assert (told.restored, told.lost) == ((), ("extracts/cards_2026-01-31.csv",))
    assert again.deliveries().is_empty()


def test_a_number_that_a_run_has_read_stays_for_good(opened, tmp_path):
    store = opened()
    numbers = after(store, "people", "strangers", "late")
    store.catalog.run(
        "INSERT INTO contacts SELECT 3, NULL, 'o', NULL, 'c', 'email', 'marketing', 'once', 'handed_off',"
        " TIMESTAMP '2026-05-01', 'r', 'm'"
    )
    made = store.unload([numbers["strangers"]])
    assert made.customers == ()
    assert store.crosswalk().select("customer_id", "customer_no").rows() == [("A", 1), ("B", 2), ("Z", 3), ("Y", 4)]


def test_a_kill_before_the_commit_leaves_all_as_it_was(opened, tmp_path, monkeypatch):
    store = opened()
    numbers = after(store, *STEPS)
    before = held(store)
    run = store.catalog.run

    def full(sql, values=()):
        if sql == "COMMIT":
            raise KeyboardInterrupt
        return run(sql, values)

    monkeypatch.setattr(store.catalog, "run", full)
    with pytest.raises(KeyboardInterrupt):
        store.unload([numbers["joined"]])
    monkeypatch.undo()
    monkeypatch.setenv("PERSONA_VAULT_KEY", "ab" * 32)
    store.close()
    assert held(opened()) == before


def test_what_was_taken_out_is_remembered_until_it_is_let_in_again(opened):
    store = opened()
    store.unload([after(store, "people", "cards")["cards"]])
    assert store.taken_out().select("source", "name").rows() == [("cards", "extracts/cards_2026-01-31.csv")]
    assert store.let_in("extracts/cards_2026-01-31.csv") == 1
    assert store.taken_out().is_empty()
