from fakes import nights

NEW = "cd" * 32


def test_the_key_is_changed_and_the_next_night_reads_what_was_sealed_before(after):
    asked = {"env": {"PERSONA_VAULT_KEY_NEW": NEW}}
    assert "60 persons" in nights.persona(after, "vault", "check").out
    assert nights.persona(after, "vault", "rotate", "--json", **asked).json == {
        "persons": 60,
        "place": "environment variable PERSONA_VAULT_KEY",
    }
    refused = nights.persona(after, "vault", "check")
    assert (refused.code, "the key was changed" in refused.err) == (2, True)
    assert nights.persona(after, "vault", "check", env={"PERSONA_VAULT_KEY": NEW}).code == 0
    again = nights.persona(after, "run", "--as-of", "2026-07-02", env={"PERSONA_VAULT_KEY": NEW})
    assert again.code == 0


def test_a_rotation_without_a_new_key_changes_nothing_and_says_what_to_give(after):
    before = nights.tree(after, "state")["state/vault.sqlite"]
    ended = nights.persona(after, "vault", "rotate")
    assert (ended.code, "PERSONA_VAULT_KEY_NEW" in ended.err) == (2, True)
    assert nights.tree(after, "state")["state/vault.sqlite"] == before
