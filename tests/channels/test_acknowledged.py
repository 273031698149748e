import pytest

from persona.channels.acknowledged import acknowledged
from persona.errors import ExtractError
from persona.policy.rules import Acknowledgement

PLAIN = Acknowledgement()
VENDOR = Acknowledgement(
    delimiter=";", encoding="cp1252", message_id="Kennung", status="Ergebnis", accepted=("ok",), rejected=("bad", "no")
)


@pytest.fixture
def ack(tmp_path):
    def made(text, how=PLAIN):
        path = tmp_path / "ack.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(how.encoding))
        return acknowledged(path, how).rows()

    return made


def test_a_vendor_writes_in_his_own_dialect(ack):
    said = 'Grund;Kennung;Ergebnis\r\n;a;ok\r\n"zu; lang\n";b;bad\r\nunzustellbar für;c;no\r\n'
    assert ack(said, VENDOR) == [("a", "accepted"), ("b", "rejected"), ("c", "rejected")]


def test_one_object_a_line_and_a_mark_at_the_beginning_are_read_too(ack):
    assert ack("\ufeffmessage_id,status\na,accepted\n") == [("a", "accepted")]
    lines = '{"status": "rejected", "message_id": "a"}\n\n{"message_id": "b", "status": "accepted", "x": 1}\n'
    assert ack(lines, Acknowledgement(format="jsonl")) == [("a", "rejected"), ("b", "accepted")]


def test_an_acknowledgement_of_nothing_says_nothing(ack):
    assert ack("message_id,status\n") == []


@pytest.mark.parametrize(
    ("text", "how", "fault"),
    [
        ("", PLAIN, "column 'message_id' is in the header 0 times"),
        ("message_id;status\na;accepted\n", PLAIN, "column 'message_id' is in the header 0 times"),
        ("message_id,status,status\n", PLAIN, "column 'status' is in the header 2 times"),
        (
            "message_id,status\na,accepted\nAnna Berg,maybe\nb,who\n",
            PLAIN,
            "a status that means neither in 2 rows, first at line 3",
        ),
        ("message_id,status\n,accepted\n", PLAIN, "no message_id in 1 rows, first at line 2"),
        ("message_id,status\na,accepted,more\n", PLAIN, "line 2 has 3 fields, the header has 2"),
        ("message_id,status\na\n", PLAIN, "line 2 has 1 fields, the header has 2"),
        ('message_id,status\n"a"b,accepted\n', PLAIN, "line 2 is no CSV"),
        ("message_id,status\n\udcff,accepted\n".encode("utf-8", "surrogateescape"), PLAIN, "is not utf-8 (byte 18)"),
        ("[1]\n", Acknowledgement(format="jsonl"), "line 1 has no message_id and status"),
        ("{a\n", Acknowledgement(format="jsonl"), "line 1 is no JSON"),
    ],
)
def test_what_cannot_be_read_refuses_the_file_and_tells_nobodys_value(ack, text, how, fault):
    with pytest.raises(ExtractError) as told:
        ack(text, how)
    assert told.value.what == fault
    assert "Anna" not in str(told.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ExtractError, match="cannot be read"):
        acknowledged(tmp_path / "none.csv", PLAIN)


def test_a_word_cannot_mean_both():
    with pytest.raises(ValueError, match="ok cannot mean both accepted and rejected"):
        Acknowledgement(accepted=("ok",), rejected=("ok",))
