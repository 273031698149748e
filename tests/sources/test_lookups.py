import polars as pl
import pytest

from persona.errors import ContractError, PolicyError
from persona.policy.rules import Categories
from persona.sources.lookups import leaves, meaning, referred

TREE = Categories.model_validate(
    {
        "categories": {
            "groceries": {"mcc": ["5411", "5420-5499"], "merchants": ["market"]},
            "pets": {"mcc": ["0742"], "merchants": ["pet market"]},
            "pension": {"codes": ["DUCHOD"]},
        }
    }
)


def found(*columns):
    return leaves([pl.Series(column, dtype=pl.String) for column in columns], meaning(TREE)).to_list()


def test_a_word_is_a_code_a_merchant_category_code_or_a_merchants_name():
    assert found(["DUCHOD", "5411", "5450", "742", "Super Market 7", "boat", None]) == [
        "pension",
        "groceries",
        "groceries",
        "pets",
        "groceries",
        None,
        None,
    ]


def test_the_longest_text_in_a_name_counts():
    assert found(["The PET MARKET"]) == ["pets"]


def test_of_several_columns_the_first_that_is_known_counts():
    assert found(["x", None, "DUCHOD"], ["5411", "5411", "5411"]) == ["groceries", "groceries", "pension"]


DISTRICTS = {"districts": pl.DataFrame({"id": ["1", "2"], "name": ["Praha", "Benešov"]})}


def looked_up(words, lookup="references:districts.name", key="id", references=DISTRICTS):
    return referred(pl.Series(words, dtype=pl.String), lookup=lookup, key=key, references=references, place="x:1:1")


def test_a_reference_gives_the_column_of_its_key_in_the_order_of_the_rows():
    assert looked_up(["2", "9", None, "1", "2"]).to_list() == ["Benešov", None, None, "Praha", "Benešov"]


def test_a_reference_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(PolicyError, match="unknown reference 'district'"):
        looked_up(["1"], lookup="references:district.name")
    with pytest.raises(PolicyError, match="unknown column 'nam'"):
        looked_up(["1"], lookup="references:districts.nam")


def test_a_key_that_repeats_with_other_values_breaks_the_contract_of_the_reference():
    twice = {"districts": pl.DataFrame({"id": ["1", "1"], "name": ["Praha", "Prag"]})}
    with pytest.raises(ContractError, match="key id repeats"):
        looked_up(["1"], references=twice)


def test_words_that_map_to_nothing_are_counted(taken):
    done = taken(
        b"who,at,amount,what\nK,2026-03-01,5,5411\nK,2026-03-02,5,boat\nK,2026-03-03,5,\n",
        into="transactions",
        categories=TREE,
        columns={
            "customer_id": {"from": "who"},
            "booked_at": {"from": "at"},
            "amount_minor": {"from": "amount"},
            "category": {"from": "what", "lookup": "rules/categories.yaml"},
        },
    )
    assert done.rows["category"].to_list() == ["groceries", None, None]
    assert done.warnings == ("category: the words of 1 of 3 rows map to nothing",)


def test_only_rows_that_are_taken_count_among_those_whose_words_map_to_nothing(taken):
    done = taken(
        b"who,at,amount,what\nK,2026-03-01,5,5411\nK,2026-03-02,5,boat\nK,2026-03-03,x,boat\nK,2026-03-04,x,boat\n",
        into="transactions",
        categories=TREE,
        max_rejected_rows=2,
        columns={
            "customer_id": {"from": "who"},
            "booked_at": {"from": "at"},
            "amount_minor": {"from": "amount"},
            "category": {"from": "what", "lookup": "rules/categories.yaml"},
        },
    )
    assert done.rejects.height == 2
    assert done.warnings == ("category: the words of 1 of 2 rows map to nothing",)
