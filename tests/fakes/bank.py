"""A bank small enough for a night of about a second: its rules, templates and extracts, the same bytes each time."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

CUSTOMERS = 60
NEWEST = date(2026, 6, 30)
"""The day of the newest delivery; the night looks back from the day after."""

PERSONA = """
persona: 1
name: Tiny Bank
currency: EUR
country: DE
zone: Europe/Berlin
languages: [en]
as_of: latest_delivery
products: [card]
sender:
  name: Tiny Bank
  from_email: hello@tiny.example.com
  reply_to: hello@tiny.example.com
  postal_address: 1 Small Street, 10115 Berlin
  sms_sender: TinyBank
  privacy_url: https://tiny.example.com/privacy
  unsubscribe_url: https://tiny.example.com/unsubscribe
  links: [tiny.example.com]
engine: {memory_gb: 1, rows_per_batch: 2000000}
"""
SOURCES = {
    "customers": """
source: customers
files: "extracts/customers_{date:%Y-%m-%d}.csv"
format: {type: csv, delimiter: ";", encoding: cp1252}
into: customers
delivery: snapshot
key: [id]
columns:
  customer_id: {from: id}
  household_id: {from: household}
  first_name: {from: first, pii: direct}
  last_name: {from: last, pii: direct}
  born_on: {from: born, format: "%d.%m.%Y"}
  email: {from: mail, pii: direct}
  phone: {from: mobile, pii: direct}
  push_token: {from: app, pii: direct}
  since_on: {from: since, format: "%d.%m.%Y"}
  points: {from: points, type: integer}
""",
    "cards": """
source: cards
files: "extracts/cards_{date:%Y-%m-%d}.csv.gz"
control: "extracts/cards_{date:%Y-%m-%d}.ctl"
into: transactions
key: [ref]
columns:
  txn_id: {from: ref}
  customer_id: {from: customer}
  booked_at: {from: at, format: "%Y-%m-%dT%H:%M:%S", zone: Europe/Berlin}
  amount_minor: {from: amount, minor_units: 2, sign: debit_positive}
  currency: {const: EUR}
  category: {from: code, lookup: rules/categories.yaml}
  mcc: {from: code}
  counterparty: {from: card, pii: direct}
  merchant: {from: merchant}
  kind: {const: purchase}
""",
    "consents": """
source: consents
files: "extracts/consents_{date:%Y-%m-%d}.csv"
into: consents
key: [customer, channel, day]
columns:
  customer_id: {from: customer}
  purpose: {const: marketing}
  channel: {from: channel}
  status: {from: status}
  at: {from: day, format: "%Y-%m-%d", zone: Europe/Berlin}
""",
    "stops": """
source: stops
files: "extracts/stops_{date:%Y-%m-%d}.csv"
into: suppressions
delivery: snapshot
key: [customer, type]
columns:
  customer_id: {from: customer}
  type: {from: type}
  from_on: {from: from_on, format: "%Y-%m-%d"}
""",
    "events": """
source: events
files: "extracts/events_{date:%Y-%m-%d}.jsonl"
format: {type: jsonl}
into: events
key: [id]
columns:
  event_id: {from: id}
  customer_id: {from: customer}
  at: {from: ts, format: "%Y-%m-%dT%H:%M:%SZ", zone: UTC}
  type: {from: event}
""",
}
CATEGORIES = """
categories:
  groceries: {name: {en: Groceries}, mcc: ["5411"]}
  fuel: {name: {en: Fuel}, mcc: ["5541"]}
  travel.air: {name: {en: Flights}, mcc: ["3000-3299", "4511"]}
"""
CATALOG = """
issues:
  grow:
    name: {en: Grow}
    eligibility:
      - {id: adult, when: age_years >= 18, owner: law@tiny.example.com, source: Civil code, says: {en: is of age}}
  serve: {name: {en: Serve}}
groups:
  travel: {issue: grow, name: {en: Travel}}
  savings: {issue: grow, name: {en: Savings}}
  service: {issue: serve, name: {en: Notices}}
"""
OFFERS = {
    "weekend": """
offer: weekend
group: travel
name: {en: A weekend away}
owner: travel@tiny.example.com
author: writer@tiny.example.com
valid: {from: 2026-01-01, until: 2026-12-01}
cap: 9
propensity: {prior: 0.1, affinity: travel}
worth: greatest(400, spend_365d_travel_air_minor)
applicability:
  - {id: has_flown, when: purchases_365d_travel_air >= 1, source: Playbook, says: {en: has flown}}
terms: {link: https://tiny.example.com/weekend, bonus_points: 500}
reason: {en: You have flown before.}
treatments:
  - {id: email, channel: email, template: weekend, cost_minor: 1, fatigue_minor: 2}
  - {id: push, channel: push, template: weekend, cost_minor: 0, fatigue_minor: 3, lift: 10}
""",
    "saver": """
offer: saver
group: savings
name: {en: Put some aside}
owner: savings@tiny.example.com
author: writer@tiny.example.com
valid: {from: 2026-01-01, until: 2026-12-01}
cap: 6
propensity: {prior: 0.08, affinity: groceries}
worth: "700"
terms: {link: https://tiny.example.com/saver, rate: 0.025}
reason: {en: You spend less than you earn.}
treatments:
  - {id: email, channel: email, template: saver, cost_minor: 1, fatigue_minor: 2}
  - {id: sms, channel: sms, template: saver, cost_minor: 8, fatigue_minor: 4, lift: 30}
""",
    "tips": """
offer: tips
group: savings
name: {en: Tips}
owner: savings@tiny.example.com
author: writer@tiny.example.com
is_fallback: true
valid: {from: 2026-01-01, until: 2026-12-01}
propensity: {prior: 0.05}
worth: "100"
terms: {link: https://tiny.example.com/tips}
reason: {en: Tips are for everybody.}
treatments:
  - {id: inapp, channel: inapp, template: tips, cost_minor: 0}
""",
    "rest": """
offer: rest
group: service
name: {en: A card at rest}
owner: cards@tiny.example.com
author: writer@tiny.example.com
class: service
repeatable: false
valid: {from: 2026-01-01, until: 2026-12-01}
propensity: {prior: 0.2}
worth: "300"
applicability:
  - {id: rests, when: recency_days > 25, source: Playbook, says: {en: has not paid for 25 days}}
terms: {link: https://tiny.example.com/rest}
facts: {days: recency_days}
reason: {en: Your card has not been used for a while.}
treatments:
  - {id: email, channel: email, template: rest, cost_minor: 1}
""",
}
RULES = {
    "categories.yaml": CATEGORIES,
    "offers/catalog.yaml": CATALOG,
    "segments/flyers.yaml": """
segment: flyers
name: {en: Flyers}
when: purchases_365d_travel_air >= 2
owner: travel@tiny.example.com
review_on: 2026-12-31
priority: 10
""",
    "segments/shoppers.yaml": """
segment: shoppers
name: {en: Shoppers}
when: purchases_365d_groceries >= 3
owner: cards@tiny.example.com
review_on: 2026-12-31
priority: 20
""",
    "contact.yaml": """
limits:
  - {id: one_in_three_days, classes: [marketing], per: customer, max: 1, days: 3}
  - {id: two_emails_a_week, channels: [email], classes: [marketing], per: customer, max: 2, days: 7}
  - {id: three_a_month_in_a_household, classes: [marketing], per: household, max: 3, days: 30}
  - {id: rest_told_once, offers: [rest], classes: [service], per: customer, max: 1, days: 60}
cooloffs:
  - {id: declined_rests, outcome: declined, count: 1, within_days: 90, level: offer, suppress_days: 90}
quiet_hours:
  - {channels: [sms, push], send_from: "09:00", send_until: "20:00", source: Contact policy}
suppressions:
  deceased: [marketing, service, regulatory]
  opt_out: [marketing]
""",
    "experiments.yaml": "holdouts:\n  - {id: everybody, salt: tiny, share: 0.1, per: household}\n",
    "qa.yaml": "release: {low: automatic, medium: automatic, high: manual}\nmax_withheld_share: 0.5\n",
    "approvers.yaml": """
approvers:
  - {who: boss@tiny.example.com, roles: [legal]}
  - {who: second@tiny.example.com, roles: [marketing]}
  - {who: writer@tiny.example.com, roles: [marketing]}
unsigned: [low, medium, high]
""",
    "compliance/bank.yaml": """
rules:
  - id: no_pressure
    law: Unfair practices act
    source: Section 2
    jurisdiction: DE
    owner: law@tiny.example.com
    effective_from: 2020-01-01
    forbids: [act now]
    passes: [{given: {text: Come along}}, {given: {text: Take your time}}]
    fails: [{given: {text: Act now}}, {given: {text: act now please}}]
""",
    "delivery/email.yaml": """
profile: mailer
channel: email
drop: delivery/mailer
format: jsonl
""",
}
TEMPLATES = {
    "blocks/foot.yaml": """
block: foot
kind: disclosure
author: legal@tiny.example.com
slots: {unsubscribe_url: {type: url}}
locales:
  en:
    html: '<p>Tiny Bank, 1 Small Street, 10115 Berlin. <a href="{{ unsubscribe_url }}">Unsubscribe</a></p>'
    text: 'Tiny Bank, 1 Small Street, 10115 Berlin. Unsubscribe: {{ unsubscribe_url }}'
    body: 'No more texts: STOP'
""",
    "email/weekend.yaml": """
template: weekend
channel: email
author: writer@tiny.example.com
slots: {first_name: {type: text}, bonus_points: {type: points}, link: {type: url}}
locales:
  en:
    subject: 'A weekend away'
    preheader: 'Fly on Friday.'
    html: |
      <p>Dear {{ first_name }}, {{ bonus_points | points }} points. <a href="{{ link }}">See</a></p>
      {% include 'foot' %}
    text: |
      Dear {{ first_name }}, {{ bonus_points | points }} points. {{ link }}
      {% include 'foot' %}
""",
    "push/weekend.yaml": """
template: weekend
channel: push
author: writer@tiny.example.com
slots: {bonus_points: {type: points}, link: {type: url}}
locales: {en: {title: 'A weekend away', body: '{{ bonus_points | points }} points.', link: '{{ link }}'}}
""",
    "email/saver.yaml": """
template: saver
channel: email
author: writer@tiny.example.com
slots: {first_name: {type: text}, rate: {type: rate}, link: {type: url}}
locales:
  en:
    subject: 'Put some aside'
    preheader: 'It adds up.'
    html: |
      <p>Dear {{ first_name }}, {{ rate | rate }} a year. <a href="{{ link }}">See</a></p>
      {% include 'foot' %}
    text: |
      Dear {{ first_name }}, {{ rate | rate }} a year. {{ link }}
      {% include 'foot' %}
""",
    "sms/saver.yaml": """
template: saver
channel: sms
author: writer@tiny.example.com
slots: {rate: {type: rate}, link: {type: url}}
locales: {en: {body: "Tiny Bank: {{ rate | rate }} a year. {{ link }} {% include 'foot' %}"}}
""",
    "inapp/tips.yaml": """
template: tips
channel: inapp
author: writer@tiny.example.com
slots: {link: {type: url}}
locales: {en: {title: 'Tips', body: 'Five of them.', link: '{{ link }}'}}
""",
    "email/rest.yaml": """
template: rest
channel: email
author: writer@tiny.example.com
slots: {last_name: {type: text}, days: {type: integer}, link: {type: url}}
locales:
  en:
    subject: 'Your card is at rest'
    preheader: 'Keep it or block it.'
    html: |
      <p>Dear {{ last_name }}, {{ days | number }} days. <a href="{{ link }}">See</a></p>
      {% include 'foot' %}
    text: |
      Dear {{ last_name }}, {{ days | number }} days. {{ link }}
      {% include 'foot' %}
""",
}
CODES = {"5411": "Corner Shop", "5541": "Fuel Stop", "4511": "Blue Wings"}


def made(root: Path) -> Path:
    """The bank's workspace at ``root``: rules, templates, approvals and extracts; nothing was run in it."""
    said = {
        "persona.yaml": PERSONA,
        **{f"rules/sources/{name}.yaml": text for name, text in SOURCES.items()},
        **{f"rules/offers/{name}.yaml": text for name, text in OFFERS.items()},
        **{f"rules/{name}": text for name, text in RULES.items()},
        **{f"templates/{name}": text for name, text in TEMPLATES.items()},
    }
    for name, text in said.items():
        write(root / name, text.lstrip("\n").encode())
    for day in (date(2026, 5, 31), NEWEST):
        deliver(root, day)
    return root


def write(path: Path, content: bytes) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def deliver(root: Path, day: date, *, days: int = 30) -> None:
    """The extracts of a day: the customers of that day, and what the ``days`` up to it brought."""
    folder = root / "extracts"
    write(folder / f"customers_{day}.csv", csv(people(day), ";").encode("cp1252"))
    cards(root, day, list(purchases(day, days)))
    write(folder / f"consents_{day}.csv", csv(consents(day)).encode())
    write(folder / f"stops_{day}.csv", csv(stops(day)).encode())
    events = [json.dumps(event) for event in logins(day, days)]
    write(folder / f"events_{day}.jsonl", "".join(f"{event}\n" for event in events).encode())


def cards(root: Path, day: date, rows: Sequence[Mapping[str, object]]) -> None:
    """The card purchases of a day's delivery, with the control file that counts and adds them up."""
    total = sum(round(100 * float(str(row["amount"]))) for row in rows)
    write(root / f"extracts/cards_{day}.csv.gz", gzip.compress(csv(rows).encode(), mtime=0))
    control = f"rows={len(rows)}\nsum={total // 100}.{total % 100:02d}\n"
    write(root / f"extracts/cards_{day}.ctl", control.encode())


def csv(rows: Iterable[Mapping[str, object]], delimiter: str = ",") -> str:
    """Rows as CSV, with their names above."""
    told = list(rows)
    return "".join(f"{delimiter.join(map(str, row))}\n" for row in [told[0].keys(), *(row.values() for row in told)])


def people(day: date) -> Iterable[dict[str, object]]:
    """The customers: every third lives with the one before, every seventh has no e-mail, every fifth no app."""
    for no in range(CUSTOMERS):
        yield {
            "id": f"K{no:03d}",
            "household": f"H{no - (no % 3 == 2):03d}",
            "first": f"Ännchen{no:03d}",
            "last": f"Quickenborn{no:03d}",
            "born": f"{1 + no % 28:02d}.03.{1950 + no}",
            "mail": "" if no % 7 == 6 else f"person{no:03d}@canary.example.org",
            "mobile": f"+491713920{no:03d}",
            "points": day.day + no,
            "app": "" if no % 5 == 4 else f"apptoken-{no:03d}-canary",
            "since": f"01.{1 + no % 12:02d}.2020",
        }


def purchases(day: date, days: int) -> Iterable[dict[str, object]]:
    """What was bought in the days up to one: each customer has a rhythm of his own, some have stopped."""
    for ago in range(days):
        on = day - timedelta(days=ago)
        for no in range(CUSTOMERS):
            if (on.toordinal() + 7 * no) % (3 + no % 9) or (no % 10 == 9 and ago < 29):
                continue
            code = list(CODES)[(no + on.toordinal()) % 3]
            yield {
                "ref": f"T{on:%y%m%d}{no:03d}",
                "customer": f"K{no:03d}",
                "at": f"{on}T{7 + no % 15:02d}:{no:02d}:00",
                "amount": f"{5 + no}.{on.day:02d}",
                "code": code,
                "card": f"4929000011112{no:03d}",
                "merchant": CODES[code],
            }


def consents(day: date) -> Iterable[dict[str, object]]:
    """All give the consents of their channels in May; a few take one back on the last day of a delivery."""
    if day.month == 5:
        for no in range(CUSTOMERS):
            for channel in (("email",), ("email", "sms"), ("push", "email"), ("inapp",))[no % 4]:
                yield {"customer": f"K{no:03d}", "channel": channel, "status": "granted", "day": "2026-05-01"}
    else:
        for no in (day.day % 7, 10 + day.day % 7):
            yield {"customer": f"K{no:03d}", "channel": "email", "status": "withdrawn", "day": str(day)}


def stops(day: date) -> Iterable[dict[str, object]]:
    """Who must not be written to; one more in each delivery."""
    for no in range(20, 16 + 2 * day.month + day.day % 5):
        yield {"customer": f"K{no:03d}", "type": "opt_out" if no % 2 else "deceased", "from_on": "2026-05-01"}


def logins(day: date, days: int) -> Iterable[dict[str, object]]:
    """Every fourth customer opens the app on every fifth day."""
    for ago in range(0, days, 5):
        on = day - timedelta(days=ago)
        for no in range(0, CUSTOMERS, 4):
            yield {
                "id": f"E{on:%y%m%d}{no:03d}",
                "customer": f"K{no:03d}",
                "ts": f"{on}T18:00:{no:02d}Z",
                "event": "login",
            }


def shuffled(root: Path, seed: int) -> None:
    """Put the rows of every extract into another order; what a control file counts stays true."""
    random = Random(seed)  # noqa: S311 - an order, not a secret
    for path in sorted((root / "extracts").iterdir()):
        if path.suffix == ".ctl":
            continue
        raw = path.read_bytes()
        lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).splitlines(keepends=True)
        head, rows = ([], lines) if path.suffix == ".jsonl" else (lines[:1], lines[1:])
        random.shuffle(rows)
        content = b"".join([*head, *rows])
        path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
