import polars as pl

from persona.checks.reading import lix


def _lix(text):
    return pl.DataFrame({"text": [text]}).select(lix(pl.col("text"))).item()


def test_lix_is_words_a_sentence_and_the_share_of_long_words():
    text = "Ten words stand here, of which two are surprisingly elongated. " * 4
    assert _lix(text) == 10 + 20


def test_a_text_without_an_end_is_one_sentence_and_a_short_one_is_not_judged():
    assert _lix("word " * 30) == 30
    assert _lix("word " * 29) is None
