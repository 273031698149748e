import random
import sys

import polars as pl
import pytest

from persona.errors import PolicyError
from persona.linkage import comparisons, fit, weighed
from persona.policy.identity import Comparable

FIELDS = {
    name: Comparable(kind=kind) for name, kind in (("first_name", "name"), ("last_name", "name"), ("phone", "phone"))
}
COMPARED = comparisons(FIELDS, list(FIELDS))


def book(count=300):
    """As many people, the first hundred twice: the second time with a slip in the family name."""
    chance = random.Random(5)  # noqa: S311 - made-up people
    words = ["".join(chance.choices("abcdefgh", k=7)) for _ in range(60)]
    rows = [(no, chance.choice(words), chance.choice(words), f"+49{chance.randrange(10**8)}") for no in range(count)]
    rows += [(count + no, first, f"{last[:-1]}z", phone) for no, first, last, phone in rows[:100]]
    return pl.DataFrame(rows, schema=["record_no", *FIELDS], orient="row").with_columns(
        pl.col("record_no").cast(pl.Int64)
    )


def learned(records, memory_gb=1):
    return fit(records, COMPARED, training=[("phone",), ("last_name",)], prior=0.001, memory_gb=memory_gb)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(PolicyError) as told:
        learned(book())
    assert 'pip install "persona[identity]"' in told.value.hint


def test_the_same_records_give_the_same_weights_whatever_their_order():
    pytest.importorskip("splink", reason="the extra identity is not installed")
    assert learned(book()) == learned(book().sample(fraction=1, shuffle=True, seed=1))


def test_pairs_are_weighed_with_their_reason_and_nothing_is_said_aloud(capfd):
    pytest.importorskip("splink", reason="the extra identity is not installed")
    records = book()
    pairs = pl.DataFrame({"a": [0, 0, 1], "b": [300, 7, 301]})
    model = learned(records)
    told = weighed(records, pairs, COMPARED, model, relatives="false", least=0.5, memory_gb=1)
    assert told.select("a", "b", "reason").rows() == [
        (0, 300, "names nearly the same, same phone"),
        (1, 301, "names nearly the same, same phone"),
    ]
    assert told["weight"].min() > 0
    assert capfd.readouterr() == ("", "")


def test_what_does_not_fit_into_memory_is_refused_and_never_spilt(tmp_path, monkeypatch):
    pytest.importorskip("splink", reason="the extra identity is not installed")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PolicyError) as told:
        learned(book(), memory_gb=0.004)
    assert (told.value.where, "400 records" in told.value.what) == ("persona.yaml: engine.memory_gb", True)
    assert list(tmp_path.rglob("*")) == []
