from dataclasses import replace

from persona.messages.untranslated import untranslated


def test_a_template_with_legal_text_says_which_languages_of_the_workspace_it_leaves_without_a_message(bank):
    """The push alone speaks no German; e-mail and SMS do."""
    (told,) = untranslated(bank)
    assert (told.where, told.what) == (
        "templates/push/stay.yaml:5:1",
        "the template has no text in de, and legal text never falls back",
    )
    assert "customers who speak de are withheld by the check 'legal_language'" in told.hint


def test_a_template_without_legal_text_may_lack_a_language(bank):
    body = bank.blocks["guarantee"].model_copy(update={"kind": "body"})
    assert list(untranslated(replace(bank, models={**bank.models, "block": (body,)}))) == []
