"""The ways out in the files of a night are proved offline."""

import json

from fakes import nights


def ways_out(root):
    """The address in each e-mail that was handed over, with its message."""
    (path,) = (root / "delivery/mailer").glob("*.jsonl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row["message_id"]: row["list_unsubscribe"] for row in rows}


def test_each_address_of_a_night_is_genuine_and_tells_its_message(after):
    ways = ways_out(after)
    told = nights.persona(after, "unsubscribe", "verify", *ways.values(), "--json").json["tokens"]
    assert [one["message_id"] for one in told] == list(ways)
    assert {one["is_genuine"] for one in told} == {True}
    assert {one["channel"] for one in told} == {"email"}


def test_a_token_of_one_message_proves_no_other(after):
    first, second, *_ = ways_out(after)
    token = ways_out(after)[first].strip("<>").partition("t=")[2]
    forged = [token.replace(first, second), token[:-1] + ("A" if token[-1] != "A" else "B"), "", "v1..", "é" * 9]
    ended = nights.persona(after, "unsubscribe", "verify", token, *forged)
    assert ended.code == 5
    assert "5 of 6 tokens were not made with this workspace's key (asked: 2, 3, 4, 5, 6)" in ended.err


def test_a_token_of_another_key_proves_nothing(after, fresh):
    way = next(iter(ways_out(after).values()))
    ended = nights.persona(fresh, "unsubscribe", "verify", way, env={"PERSONA_VAULT_KEY": "cd" * 32})
    assert ended.code == 5
