import numpy as np

from persona.buckets import hashed
from persona.decisions.proposals import ties


def test_ties_fall_by_a_specified_hash_of_customer_and_action():
    customers = np.array([hashed("tie", "K1"), hashed("tie", "K2")], dtype=np.uint64)
    mask = (1 << 64) - 1
    mixed = (hashed("tie", "K1") ^ hashed("tie", "gold/mail")) & mask
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & mask
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
    assert ties(customers, "gold/mail").tolist()[0] == mixed ^ (mixed >> 31)
    assert len({*ties(customers, "gold/mail"), *ties(customers, "gold/push")}) == 4


def test_equal_values_are_shared_out_over_the_offers(night):
    offers = [{"offer": "gold"}, {"offer": "silver"}]
    book = night({"offers": offers, "customers": [{"id": f"K{n}"} for n in range(40)]})
    counts = dict(book.plan().decisions["offer_id"].value_counts().iter_rows())
    assert sum(counts.values()) == 40
    assert min(counts.values()) > 8


def test_the_first_of_equals_has_the_lowest_hash(night):
    offers = [{"offer": "gold"}, {"offer": "silver"}]
    book = night({"offers": offers, "customers": [{"id": "K1"}]})
    mine = np.array([hashed("tie", "K1")], dtype=np.uint64)
    first = min(("gold", "silver"), key=lambda name: ties(mine, f"{name}/mail")[0])
    assert book.plan().candidates["offer_id"].to_list()[0] == first
