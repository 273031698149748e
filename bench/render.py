"""Messages beside Jinja row by row and beside the writing of their bytes: `python -m bench.render [100000]`.

From the decision frame to files on disk: a message of about 600 characters with 8 slots and 2 conditions about an offer
of the sample bank, with all its rules and packs in force. *Bare* is composed and published (30 columns of a file, its
hash, those of the customers, the record of what is shown), *checked* with every check; *texts* are the texts alone,
from values that are there to a file, beside Jinja that does no more either. Each way is a process of its own,
and they take turns, so that what else the machine does falls on all; medians.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Collection
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from jinja2 import Template

from persona.channels import Seal, publish
from persona.channels.columns import shaped
from persona.channels.publish import generic
from persona.channels.writers import pieces
from persona.checks import Specimens, checked, heeded
from persona.clock import AsOf
from persona.messages import Composed, composed
from persona.messages.filters import formats
from persona.messages.jinja import by_jinja
from persona.messages.recipe import Recipe, recipes
from persona.messages.recipients import reads, recipients
from persona.messages.render import together, written
from persona.messages.slots import values
from persona.messages.unsubscribe import links
from persona.messages.wording import wordings
from persona.policy.policy import Policy

WAYS = {
    "jinja": "jinja",
    "bytes": "jinja",
    "bare": "jinja",
    "checked": "jinja",
    "jinja_texts": "jinja_texts",
    "texts": "jinja_texts",
}
"""Each way, and that of Jinja which does the same."""

DAY, KEY = date(2026, 7, 1), b"k" * 32
OFFER = "travel_earn_boost"
"""The offer of the sample bank in whose place ours stands."""
RULES = ("persona.yaml", "rules", "templates", "approvals.yaml")

BODY = """\
Dear {{ first_name }} {{ last_name }},

{% if destination == 'coast' %}the sea seems to suit you.{% else %}you have been out and about.{% endif %} Over the \
last twelve months you paid {{ travel_spend_minor | money }} for travel with your Harbour card, on flights and trains.

For {{ bonus_months }} months, each of these payments can earn you {{ multiplier }} times the points, up to \
{{ max_points }} extra points. It costs nothing, and it ends by itself.{% if travel_spend_minor > 500000 %} You travel \
more than most of our customers do.{% endif %}

You can switch it on until {{ valid_until | day_long }}. """
APP = (
    "We used your account, card and app data for this. You can object at any time: Profile, then Settings, in this app."
)
TEMPLATES = {
    "inapp": {"title": "Your trips could earn more", "body": BODY + "{% include 'app_note' %}"},
    "email": {
        "subject": "Three times the points on your next trip",
        "text": BODY + "{% include 'data_use' %} {% include 'opt_out' %} {% include 'imprint' %}",
        "html": "<p>" + BODY.replace("\n\n", "</p>\n<p>")
        + "</p>{% include 'data_use' %} {% include 'opt_out' %} {% include 'imprint' %}",
    },
}  # fmt: skip
OFFERED = f"""\
offer: {OFFER}
group: travel
name: {{en: Triple points on travel, de: Dreifache Punkte auf Reisen}}
owner: bench@harbour-bank.example.com
author: bench@harbour-bank.example.com
risk_class: low
valid: {{from: 2026-04-01, until: 2026-11-01}}
propensity: {{prior: 0.06}}
worth: "1000"
terms: {{link: https://harbour-bank.example.com/travel, multiplier: 3, bonus_months: 3, max_points: 6000}}
facts: {{travel_spend_minor: spend_365d_travel_minor, destination: destination_kind}}
reason: {{en: You have paid for several trips with your card over the last twelve months., de: Sie waren unterwegs.}}
treatments:
  - {{id: email, channel: email, template: {OFFER}, cost_minor: 1}}
  - {{id: inapp, channel: inapp, template: {OFFER}, cost_minor: 0}}
"""
SLOTS = """\
  bonus_months: {type: integer}
  destination: {type: text, need: optional}
  max_points: {type: points}
  multiplier: {type: integer}
  travel_spend_minor: {type: money}
"""


def bank(root: Path) -> Policy:
    """The sample bank, with the message that is measured in place of its own."""
    here = Path(__file__).resolve().parents[1]
    for name in RULES:
        source = here / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, root / name)
    for channel, texts in TEMPLATES.items():
        said = "".join(f"    {name}: {json.dumps(text, ensure_ascii=False)}\n" for name, text in texts.items())
        path = root / "templates" / channel / f"{OFFER}.yaml"
        head = f"template: {OFFER}\nchannel: {channel}\nauthor: bench@harbour-bank.example.com\nslots:\n{SLOTS}"
        path.write_text(f"{head}locales:\n  en:\n{said}", encoding="utf-8")
    (root / "rules" / "offers" / f"{OFFER}.yaml").write_text(OFFERED, encoding="utf-8")
    return Policy.load(root)


def book(rows: int, channel: str, policy: Policy) -> dict[str, pl.DataFrame]:
    """The decisions of so many customers, with what is known of them."""
    number = pl.int_range(rows)
    known = {
        "customer_no": number,
        "language": pl.lit("en"),
        "zone": pl.lit("Europe/Berlin"),
        "spend_365d_travel_minor": ((number * 7919) % 10_000 + 100) * 100,
        "destination_kind": pl.when(number % 3 == 0).then(pl.lit("coast")),
    }
    wanted = {name: dtype for name, dtype in policy.profile.schema.items() if name in reads(policy) | known.keys()}
    profile = pl.select(known.get(name, pl.lit(None, dtype)).alias(name) for name, dtype in wanted.items())
    ids = pl.format("K{}", number.cast(pl.String).str.zfill(7))
    decisions = pl.select(
        customer_no=number,
        customer_id=ids,
        message_id=pl.format("{}", (number * 2654435761).cast(pl.String).str.zfill(32)),
        run_id=pl.lit("2026-07-01-abc"),
        offer_id=pl.lit(OFFER),
        treatment_id=pl.lit(channel),
        channel=pl.lit(channel),
        is_ghost=pl.lit(value=False),
    )
    firsts, lasts = ["Ann", "Jürgen", "María José", "Zoë", "Ivan", "Nguyễn"], ["O'Neil", "Müller", "van den Berg", "Li"]
    people = pl.select(
        customer_id=ids,
        first_name=pl.lit(pl.Series(firsts)).gather(number % len(firsts)),
        last_name=pl.lit(pl.Series(lasts)).gather(number % len(lasts)),
        email=pl.format("c{}@example.org", number),
        phone=pl.lit("+491713920042"),
        push_token=pl.lit("token"),
    )
    return {"decisions": decisions, "profile": profile, "people": people}


class Job:
    """What is to be written, and the ways to do it."""

    def __init__(self, rows: int, channel: str, root: Path) -> None:
        self.policy, self.root, self.channel = bank(root), root, channel
        self.book = book(rows, channel, self.policy)
        languages = self.policy.workspace.languages
        self.wordings = wordings(self.policy.templates.values(), self.policy.blocks, languages=languages)

    def composed(self, words: Collection[str] | None = None) -> Composed:
        """The messages."""
        decisions, profile, people = (self.book[name] for name in ("decisions", "profile", "people"))
        return composed(
            decisions,
            profile=profile,
            people=people,
            policy=self.policy,
            wordings=self.wordings,
            key=KEY,
            day=DAY,
            heeded=words,
        )

    def written(self, messages: pl.DataFrame) -> None:
        """Publish messages as the night does."""
        publish(
            self.root / "out",
            run_id="2026-07-01-abc",
            as_of=AsOf.at_start_of(DAY, "Europe/Berlin"),
            messages=messages,
            workspace=self.policy.workspace,
            profiles=self.policy.delivery,
            modes={(OFFER, self.channel): "automatic"},
            facts={},
            seal=Seal(KEY),
        )

    def bare(self) -> None:
        """Composed and published."""
        self.written(self.composed().messages.with_columns(check_id=pl.lit(None, pl.String)))

    def checked(self) -> None:
        """Composed, checked and published."""
        all_ = self.composed(heeded(self.policy, day=DAY))
        specimens = Specimens(all_.kin, all_.specimens)
        made = checked(all_.messages, policy=self.policy, day=DAY, specimens=specimens)
        if made["check_id"].null_count() < made.height:
            sys.exit(f"messages are withheld: {made['check_id'].value_counts().to_dicts()}")
        self.written(made)

    @cached_property
    def recipe(self) -> tuple[Recipe, dict[str, pl.Expr]]:
        """What the message is made from, and the values of its slots."""
        offer = next(one for one in self.policy.offers if one.offer == OFFER)
        (recipe,) = recipes(offer, self.wordings[self.channel, OFFER, "en"], self.policy, day=DAY)
        facts = {name: self.policy.checked(offer, "facts", name) for name in offer.facts}
        return recipe, values(offer, recipe.wording, sender=self.policy.workspace.sender, facts=facts)

    def recipients(self) -> pl.DataFrame:
        """Whom the messages go to, with all that is put into them."""
        rows = recipients(**self.book, policy=self.policy, key=KEY)
        if self.channel != "email":
            return rows
        address = self.policy.workspace.sender.unsubscribe_url
        return rows.with_columns(links(rows["message_id"], address=address, key=KEY))

    def templates(self) -> dict[str, Template]:
        """The texts as Jinja's own templates."""
        texts, words = self.recipe[0].wording.texts, formats("en", "EUR")
        return {name: by_jinja(text, words, is_html=name == "html") for name, text in texts.items()}

    def jinja(self) -> None:
        """A sandboxed template a text, row by row, and the same file a row at a time."""
        given, common, rows = self.recipe[1], self.first, self.recipients()
        own = [name for name in common if name in rows.columns and name not in given]
        templates = self.templates()
        with (self.root / "jinja.csv").open("w", newline="") as file:
            sheet = csv.writer(file)
            sheet.writerow(common)
            for row in rows.select(*own, *(value.alias(name) for name, value in given.items())).iter_rows(named=True):
                said = {name: template.render(row) for name, template in templates.items()}
                sheet.writerow({**common, **{name: row[name] for name in own}, **said}.values())
            _safe(file)

    def texts(self, rows: pl.DataFrame) -> None:
        """The texts alone beside their message_id, from values that are there to a file."""
        recipe, given = self.recipe
        same = {name: value.alias(name) for name, value in given.items() if not value.meta.root_names()}
        each = rows.select(value.alias(name) for name, value in given.items() if name not in same)
        texts = recipe.wording.texts
        shown = written(each, texts.values(), formats("en", "EUR"), same=pl.select(same.values()), height=rows.height)
        said = [together(text, shown, is_html=name == "html").alias(name) for name, text in texts.items()]
        self.bytes(pl.DataFrame([rows["message_id"], *said]))

    def jinja_texts(self, rows: pl.DataFrame) -> None:
        """The same, row by row."""
        templates = self.templates()
        given = (value.alias(name) for name, value in self.recipe[1].items())
        with (self.root / "jinja.csv").open("w", newline="") as file:
            sheet = csv.writer(file)
            sheet.writerow(["message_id", *templates])
            for row in rows.select("message_id", *given).iter_rows(named=True):
                sheet.writerow([row["message_id"], *(template.render(row) for template in templates.values())])
            _safe(file)

    def shaped(self, messages: pl.DataFrame) -> pl.DataFrame:
        """The rows of the delivery file."""
        workspace, as_of = self.policy.workspace, AsOf.at_start_of(DAY, "Europe/Berlin")
        return shaped(messages, self.channel, sender=workspace.sender, country=workspace.country, as_of=as_of)

    @cached_property
    def first(self) -> dict[str, Any]:
        """The first row of the delivery file."""
        few = Job.__new__(Job)
        few.policy, few.wordings, few.channel = self.policy, self.wordings, self.channel
        few.book = {name: frame.head(1) for name, frame in self.book.items()}
        return few.shaped(few.composed().messages).row(0, named=True)

    def bytes(self, rows: pl.DataFrame) -> None:
        """The bytes of a delivery file whose rows are there already."""
        with (self.root / "bytes.csv").open("wb") as file:
            for piece in pieces(rows, generic(self.channel)):
                file.write(piece)
            _safe(file)


def _safe(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def told(way: str, rows: int, channel: str) -> None:
    """One line of JSON: CPU and wall seconds and peak memory of one way."""
    with TemporaryDirectory() as folder:
        job = Job(rows, channel, Path(folder))
        given = []
        if way == "bytes":
            given = [job.shaped(job.composed().messages)]
        elif way.endswith("texts"):
            given = [job.recipients()]
        elif way == "jinja":
            _ = job.first
        cpu, wall = time.process_time(), time.perf_counter()
        getattr(job, way)(*given)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    print(json.dumps({"cpu": cpu, "wall": wall, "gb": peak}))


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("rows", type=int, nargs="?", default=100_000)
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--channel", choices=[*TEMPLATES], action="append")
    reader.add_argument("--way", choices=[*WAYS], help="this one only, once")
    given = reader.parse_args()
    if given.way:
        told(given.way, given.rows, (given.channel or ["inapp"])[0])
        return
    names = ("channel", "messages", "way", "CPU s", "wall s", "peak GB", "Jinja / it", "it / bytes")
    print(f"| {' | '.join(names)} |\n|---|---:|---|{'---:|' * 5}")
    for channel in given.channel or TEMPLATES:
        _alternating(given.rows, channel, given.rounds)


def _alternating(rows: int, channel: str, rounds: int) -> None:
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            # Jinja's time is by the row: a tenth of them tells it.
            count = max(rows // 10, 1) if way.startswith("jinja") else rows
            command = [sys.executable, "-m", "bench.render", str(count), "--channel", channel, "--way", way]
            said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            found[way].append({**said, "cpu": said["cpu"] * rows / count, "wall": said["wall"] * rows / count})
    median = {
        way: {name: statistics.median(one[name] for one in all_) for name in all_[0]} for way, all_ in found.items()
    }
    for way, peer in WAYS.items():
        own = median[way]
        times = f"{own['cpu']:.2f} | {own['wall']:.2f} | {own['gb']:.2f}"
        ratios = f"{median[peer]['cpu'] / own['cpu']:.1f} | {own['cpu'] / median['bytes']['cpu']:.1f}"
        print(f"| {channel} | {rows:,} | {way} | {times} | {ratios} |", flush=True)


if __name__ == "__main__":
    main()
