"""Encrypted delivery files: the recipient reads them, the workspace can take a person out, nobody else reads a byte."""

import json
import os
from datetime import date

import pyrage
import pytest

from persona.channels import sealed
from persona.channels.deliver import deliver
from persona.channels.disk import filled
from persona.channels.manifest import MANIFEST, read
from persona.channels.profile import lint
from persona.channels.publish import publish
from persona.channels.sealed import Seal
from persona.channels.withdrawn import Marks, withdrawn
from persona.errors import WriteError
from persona.policy.reading import model_of
from persona.policy.rules import Delivery
from persona.policy.text import read as read_yaml

RUN = "2026-07-01-abc"
SEAL = Seal(bytes(range(32)))
VENDOR = pyrage.x25519.Identity.generate()
PUBLIC = str(VENDOR.to_public())
HIS = Marks(frozenset({"m1"}), frozenset())
SMS = f"sms/{RUN}_sms_001.csv.age"


def profile(**said):
    made = {"profile": "v", "channel": "sms", "drop": "d", "columns": {"Id": "message_id", "Text": "body"}, **said}
    return Delivery.model_validate({**made, "encrypt": {"recipients": (PUBLIC,)}})


@pytest.fixture
def published(tmp_path, workspace, as_of):
    def made(messages, out="out", **changes):
        given = {"run_id": RUN, "as_of": as_of, "workspace": workspace, "profiles": [profile()], "facts": {}}
        modes = {("stay", "sms"): "automatic"}
        return publish(tmp_path / out, messages=messages, **{**given, "modes": modes, "seal": SEAL, **changes})

    return made


def clear(path):
    return pyrage.decrypt(path.read_bytes(), [VENDOR])


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_the_recipient_reads_what_would_have_been_written_in_clear(published, messages, format_):
    rows = messages("Dear Ann", "Dear Bob")
    ours = published(rows, profiles=[profile(format=format_)])
    plain = published(rows, "plain", profiles=[profile(format=format_).model_copy(update={"encrypt": None})])
    name = f"sms/{RUN}_sms_001.{format_}"
    assert clear(ours.folder / f"{name}.age") == (plain.folder / name).read_bytes()


def test_no_byte_of_the_text_lies_anywhere_beside_it(published, messages, tmp_path):
    published(messages("Dear Quickenborn"))
    assert [path for path in tmp_path.rglob("*") if path.is_file() and b"Quickenborn" in path.read_bytes()] == []


def test_who_is_no_recipient_reads_nothing(published, messages):
    path = published(messages("Hi")).folder / SMS
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(path.read_bytes(), [pyrage.x25519.Identity.generate()])
    with pytest.raises(WriteError, match="cannot be decrypted"):
        Seal(bytes(32)).clear(path)


def test_the_manifest_tells_how_and_what_without_telling_it(published, messages):
    first, second = published(messages("Hi")), published(messages("Hi"), "again")
    other = published(messages("Ho"), "other")
    (row,), (same,), (differs,) = (
        [one for one in made.files if one.channel == "sms"] for made in (first, second, other)
    )
    assert (row.name, row.encrypted.how, row.encrypted.recipients) == (SMS, "age", (PUBLIC,))
    assert (row.sha256 != same.sha256, row.encrypted == same.encrypted) == (True, True)
    assert differs.encrypted.content_hmac != row.encrypted.content_hmac
    assert row.encrypted.content_hmac == SEAL.digest(clear(first.folder / SMS))
    assert row.encrypted.content_hmac != Seal(bytes(32)).digest(clear(first.folder / SMS))


def test_the_same_set_again_leaves_the_files_that_may_have_left(published, messages, tmp_path):
    first = published(messages("Hi"))
    deliver(first.folder, root=tmp_path, profiles=[profile()])
    again = published(messages("Hi"))
    assert (again.is_new, again.files, again.manifest_sha256) == (False, first.files, first.manifest_sha256)
    assert {one.status for one in deliver(again.folder, root=tmp_path, profiles=[profile()])} == {"there already"}
    with pytest.raises(WriteError, match="another set of files has this name already"):
        published(messages("Ho"))


def test_one_person_can_be_taken_out_and_the_vendor_reads_the_others(published, messages):
    made = published(messages("Hi", "Ho"))
    (gone,) = withdrawn(made.folder, HIS, on=date(2026, 7, 2), seal=SEAL)
    assert (gone.name, gone.rows, clear(made.folder / SMS)) == (SMS, 1, b"Id,Text\nm2,Ho\n")
    (row,) = [one for one in read(made.folder)[1] if one.name == SMS]
    assert row.encrypted.content_hmac == SEAL.digest(b"Id,Text\nm2,Ho\n")
    assert withdrawn(made.folder, HIS, on=date(2026, 7, 2), seal=SEAL) == []


def test_a_manifest_from_before_encryption_is_read(published, messages):
    path = published(messages("Hi"), profiles=()).folder / MANIFEST
    said = json.loads(path.read_bytes())
    for row in said["files"]:
        del row["encrypted"]
    path.write_text(json.dumps(said))
    assert {row.encrypted for row in read(path.parent)[1]} == {None}


WRONG = ("age1notakey", PUBLIC[:-1] + ("q" if PUBLIC[-1] != "q" else "p"), "ann@example.com")


@pytest.mark.parametrize("text", WRONG, ids=("no key", "a slip in the key", "an address"))
def test_a_recipient_that_is_no_key_is_told_with_its_line(tmp_path, text):
    (error,) = lint([_read(tmp_path, text)])
    assert (error.where, error.what) == ("d.yaml:6:7", "a recipient is no age public key")


def test_a_secret_key_is_refused_and_not_told(tmp_path):
    secret = str(VENDOR)
    (error,) = lint([_read(tmp_path, secret)])
    assert ("secret key" in error.what, secret[20:] in str(error)) == (True, False)


def _read(root, second):
    (root / "d.yaml").write_text(
        f"profile: v\nchannel: sms\ndrop: d\nencrypt:\n  recipients:\n    - {PUBLIC}\n".replace(PUBLIC, second)
    )
    return model_of(read_yaml(root / "d.yaml", root=root), Delivery)


def test_a_full_disk_is_told_as_one_and_a_fault_of_ours_as_itself(tmp_path):
    class Full:
        fault = None

        def write(self, _):
            self.fault = OSError(28, "No space left on device")
            raise self.fault

        def flush(self):
            """Nothing."""

    def broken():
        yield b"a"
        raise KeyError("Quickenborn")

    with pytest.raises(OSError, match="No space left"):
        SEAL.write(Full(), [os.urandom(200_000)], to=(PUBLIC,))
    with pytest.raises(KeyError, match="Quickenborn"):
        filled(tmp_path / "f", lambda sink: SEAL.write(sink, broken(), to=(PUBLIC,)) and None)


def test_the_workspaces_own_key_is_one_that_age_knows():
    assert sealed._bech32("a", b"") == "a12uel5l"  # a test vector of BIP 173, in lower case
    assert SEAL._identity().to_public().__class__ is pyrage.x25519.Recipient


def test_many_pieces_come_back_as_one(tmp_path):
    pieces = [bytes([number % 256]) * number for number in range(0, 3000, 7)]
    filled(tmp_path / "f", lambda sink: SEAL.write(sink, pieces, to=(PUBLIC,)) and None)
    assert clear(tmp_path / "f") == b"".join(pieces) == SEAL.clear(tmp_path / "f")
