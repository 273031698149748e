"""The review page: what it allows, what it shows, and what its keys save, in a browser."""

import json
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from html import unescape

import pytest

from persona.checks.sampling import Plan, Stratum
from persona.cli.gallery import gallery_page
from persona.runs.gallery import Card, Gallery

MAIL = """<!doctype html><html><head><style>p { color: rgb(1, 2, 3) }</style></head>
<body onload="parent.document.body.dataset.ran='onload'"><p style="margin-left: 7px">Dear Ann</p>
<a href="https://tiny.example.com/unsubscribe/token">Stop</a><script>parent.document.body.dataset.ran='script'</script>
</body></html>"""
HOSTILE = (
    "<img src=x onerror=\"document.body.dataset.ran='sms'\"></textarea><script>document.body.dataset.ran='s'</script>"
)


def stratum(name, channel):
    return Stratum(name, channel, channel, "en", None, "high", "sampled", Plan(9, 2, 0, 0.0, 0.1))


def gallery(*, is_waiting=True):
    mail, sms = stratum("stay", "email"), stratum("tips", "sms")
    cards = (
        Card(
            "m-1", "1" * 32, mail, "K1", {"subject": "Hello", "html": MAIL, "text": "Dear Ann"}, "You flew.", {"p": 0.1}
        ),
        Card("m-2", "2" * 32, mail, "K2", {"subject": "Hello", "html": MAIL, "text": "Dear Ben"}, "", {}),
        Card("m-3", "3" * 32, sms, "K3", {"body": HOSTILE}, "", {"value_milli": 1_500_000}),
    )
    checks = (("links", "links are ours", frozenset(("email",))), ("blank", "says something", frozenset()))
    return Gallery(
        "r-1",
        "2026-07-01",
        "Tiny",
        "Tiny",
        ("tiny.example.com",),
        "EUR",
        "5" * 64,
        (mail, sms),
        cards,
        checks,
        is_waiting,
    )


def policy_of(text):
    return unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1))


def digest(text):
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_the_page_allows_its_own_script_and_the_styles_of_its_mails_by_hash_and_nothing_else():
    text = gallery_page(gallery())
    policy = dict(part.split(" ", 1) for part in policy_of(text).split("; "))
    (script,) = re.findall(r"<script>(.*?)</script>\s*</body>", text, re.DOTALL)
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == digest(script)
    assert digest("margin-left: 7px") in policy["style-src"]
    assert digest("p { color: rgb(1, 2, 3) }") in policy["style-src"]
    assert "unsafe-inline" not in policy_of(text)
    assert policy["img-src"] == "https://tiny.example.com"
    assert text == gallery_page(gallery())


def test_what_customers_are_told_stands_in_the_page_as_text_alone():
    text = gallery_page(gallery())
    outside = re.sub(r'srcdoc="[^"]*"', "", text)
    assert "onerror" not in re.sub(r"&lt;img[^<]*", "", outside)
    assert re.findall(r"<iframe [^>]*?sandbox=\"([^\"]*)\"", text) == ["allow-same-origin"] * 4
    assert "Dear Ben" in outside


def test_each_message_tells_the_checks_of_its_channel_and_a_page_to_look_at_has_no_verdicts():
    text = gallery_page(gallery())
    assert re.findall(r"All (\d) checks passed", text) == ["2", "2", "1"]
    assert "2 of 9 · accepts none bad" in text
    assert 'data-key="a"' not in gallery_page(gallery(is_waiting=False))


KEYS = """
const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const seen = [];
const note = () => seen.push(document.querySelector("article.now").dataset.message);
URL.createObjectURL = (blob) => {
  blob.text().then((text) => { document.body.dataset.saved = text; });
  return "blob:null/x";
};
addEventListener("load", () => setTimeout(() => {
  const frame = document.querySelector("article.now .window iframe");
  const mail = frame.contentDocument.querySelector("p");
  const style = frame.contentWindow.getComputedStyle(mail);
  document.body.dataset.styled = `${style.color} ${style.marginLeft} ${frame.style.height !== ""}`;
  note(); press("j"); note(); press("k"); note();
  press("a"); note(); press("r"); note();
  press("k");
  const box = document.querySelector("article.now textarea");
  box.value = "wrong figure"; box.dispatchEvent(new Event("input", {bubbles: true}));
  document.querySelector("#stratum").value = "tips.sms.en";
  document.querySelector("#stratum").dispatchEvent(new Event("change"));
  note(); press("j"); note(); press("a"); press("u"); press("a");
  press("s");
  document.body.dataset.seen = seen.join(" ");
  document.body.dataset.told = document.querySelector("output").textContent;
  const stopped = [...document.querySelectorAll(".group.stopped")];
  document.body.dataset.stopped = stopped.map((one) => one.dataset.stratum).join();
}, 1500));
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium to press keys in")
def test_the_keys_walk_judge_and_save_in_a_browser_and_nothing_of_a_message_runs(tmp_path):
    page = gallery_page(gallery()).replace("script-src ", f"script-src {digest(KEYS)} ", 1)
    path = tmp_path / "page.html"
    path.write_text(page.replace('<header class="bar">', f'<script>{KEYS}</script><header class="bar">', 1))
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
             "--enable-logging=stderr", "--virtual-time-budget=8000")  # fmt: skip
    command = ["chromium", *flags, f"--user-data-dir={tmp_path}/profile", "--dump-dom", f"file://{path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    told = {
        name: unescape(value)
        for name, value in re.findall(r' data-(\w+)="([^"]*)"', done.stdout.partition("<header")[0])
    }
    assert json.loads(told["saved"]) == {
        "persona_review": 1,
        "run_id": "r-1",
        "sample": "5" * 64,
        "decisions": [
            {"message_id": "m-1", "hash": "1" * 32, "verdict": "approve"},
            {"message_id": "m-2", "hash": "2" * 32, "verdict": "reject", "comment": "wrong figure"},
            {"message_id": "m-3", "hash": "3" * 32, "verdict": "approve"},
        ],
    }
    assert told["seen"] == "m-1 m-2 m-1 m-2 m-3 m-3 m-3"
    assert told["told"] == "3 of 3 decided, 1 rejected"
    assert told["stopped"] == "stay.email.en"
    assert told["styled"] == "rgb(1, 2, 3) 7px true"
    assert "ran" not in told
    refused = [line for line in done.stderr.splitlines() if "Content Security Policy" in line or "Uncaught" in line]
    assert [line for line in refused if "script" not in line.casefold()] == []
