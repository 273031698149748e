from persona.tables.reasons import CODES, LETTERS, REASONS, words


def test_the_codes_never_change():
    assert "".join(LETTERS[code] for code in range(1, 19)) == "CXEASUFKLPTDVRNHQO"
    assert {LETTERS[code]: code for code in LETTERS} == CODES


def test_every_reason_speaks_english_and_german():
    assert [sorted(reason.says) for reason in REASONS] == [["de", "en"]] * 18


def test_a_language_that_is_not_spoken_is_answered_in_english():
    assert words("O", "fr") == "offered"
