from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import polars as pl
import pytest

from persona.channels import Marks, publish, withdrawn
from persona.channels.columns import shaped
from persona.channels.manifest import read
from persona.channels.samples import eml, letter
from persona.channels.sealed import Seal
from persona.policy.rules import Delivery

SEAL = Seal(bytes(32))
TO_VENDOR = {"recipients": ["age1mrmfnwhtlprn4jquex0ukmwcm7y2nxlphuzgsgv8ew2k9mewy3rs8u7su5"]}


@pytest.fixture
def row(messages, workspace, as_of):
    def made(channel, body, **changes):
        told = messages(body, channel=channel).with_columns(**{name: pl.lit(one) for name, one in changes.items()})
        return shaped(told, channel, sender=workspace.sender, country="DE", as_of=as_of).row(0, named=True)

    return made


@pytest.fixture
def published(tmp_path, messages, workspace, as_of):
    def made(*bodies, channel, **profile):
        profiles = [Delivery.model_validate({"profile": "own", "channel": channel, "drop": "d", **profile})]
        return publish(
            tmp_path / "out",
            run_id="2026-07-01-abc",
            as_of=as_of,
            messages=messages(*bodies, channel=channel),
            workspace=workspace,
            profiles=profiles,
            modes={("stay", channel): "automatic"},
            facts={},
            seal=SEAL,
        )

    return made


def test_an_email_is_read_back_by_a_mail_program_as_it_was_written(row, workspace, as_of):
    long = f"Grüße — {'so weiter ' * 30}\n\n.\nFrom here"
    url = f"https://tiny.example/u?t=v1.{'a' * 90}"
    made = eml(row("email", long, subject="Größe, „jetzt“", html="<p>Ä</p>", unsubscribe_url=url), workspace, as_of)
    read_ = message_from_bytes(made, policy=policy.default)
    assert (read_["Subject"], read_["From"], read_["To"]) == (
        *("Größe, „jetzt“", "Tiny Bank <hello@tiny.example>", "ann@example.org"),
    )
    assert (read_["List-Unsubscribe"], read_["List-Unsubscribe-Post"]) == (f"<{url}>", "List-Unsubscribe=One-Click")
    assert read_["Date"].datetime == datetime(2026, 7, 1, 6, tzinfo=UTC)
    assert read_["Message-ID"] == "<m1@tiny.example>"
    assert read_.get_body(["plain"]).get_content().replace("\r\n", "\n").rstrip("\n") == long
    assert read_.get_body(["html"]).get_content().strip() == "<p>Ä</p>"


def test_the_same_message_is_the_same_bytes(row, workspace, as_of):
    for made, channel in ((eml, "email"), (letter, "letter")):
        assert made(row(channel, "Hi"), workspace, as_of) == made(row(channel, "Hi"), workspace, as_of)


@pytest.mark.parametrize("name", ["שמואל כהן", "محمد علي", '#panic("no") *x* $1', "Ab" * 40, "\U0001f600 Ann"])
def test_no_name_breaks_a_letter_and_none_is_run(row, workspace, as_of, name):
    made = letter(row("letter", f"Dear {name}\n\nbye", addressee=name), workspace, as_of)
    assert made.startswith(b"%PDF-")
    assert b"/Count 1" in made
    assert made != letter(row("letter", f"Dear {name}\n\nbye", addressee=name[::-1]), workspace, as_of)


def test_a_letter_to_another_country_says_which(row, workspace, as_of):
    here, there = (letter(row("letter", "Hi", country=country), workspace, as_of) for country in ("DE", "AT"))
    assert here != there


def test_there_is_a_sample_of_each_treatment_and_language_and_the_manifest_names_it(published):
    made = published("a", "b", channel="email")
    said, _ = read(made.folder)
    assert [one["name"] for one in said["samples"]] == ["samples/email/m1.eml"]
    assert (made.folder / "samples/email/m1.eml").stat().st_size == said["samples"][0]["bytes"]
    assert not published("a", "b", channel="email").is_new


def test_a_sample_goes_with_the_person_it_is_about(published):
    folder = published("Hello", "b", channel="letter").folder
    withdrawn(folder, Marks(frozenset({"m1"}), frozenset()), on=date(2026, 7, 2), seal=SEAL)
    assert (read(folder)[0]["samples"], list((folder / "samples").rglob("*.pdf"))) == ([], [])


def test_what_is_encrypted_for_its_vendor_has_no_sample_in_clear(published):
    folder = published("Hello", channel="email", encrypt=TO_VENDOR).folder
    assert (read(folder)[0]["samples"], (folder / "samples").exists()) == ([], False)
