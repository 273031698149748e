"""The smallest workspace that has a file of every kind that lints look across."""

WORKSPACE = """\
persona: 1
name: Test bank
currency: EUR
country: DE
zone: Europe/Berlin
languages: [en]
sender:
  {name: A, from_email: a@b.example, reply_to: a@b.example, postal_address: C, privacy_url: https://a.b,
  unsubscribe_url: https://a.b}
"""
CATALOG = """\
issues: {grow: {name: {en: Grow}}}
groups: {cards: {issue: grow}}
"""
OFFER = """\
offer: cashback
group: cards
name: {en: Cashback}
owner: ann
author: bob
valid: {from: 2026-01-01, until: 2027-01-01}
propensity: {prior: 0.05}
worth: "2500"
eligibility:
  - {id: adult, when: age_years >= 18, source: law}
treatments:
  - {id: mail, channel: email, template: cashback, cost_minor: 1}
"""
TEMPLATE = """\
template: cashback
channel: email
author: bob
locales: {en: {subject: Hello, html: <p>Hello</p>, text: "{% include 'imprint' %}"}}
"""
BLOCK = """\
block: imprint
kind: footer
author: bob
locales: {en: {text: Test bank}}
"""
RULE = """\
rules:
  - id: adults
    law: Law
    source: Section 1
    jurisdiction: DE
    owner: ann
    effective_from: 2026-01-01
    when: age_years >= 18
    passes: [{given: {age_years: 18}}]
    fails: [{given: {age_years: 17}}, {given: {age_years: null}}]
"""
FILES = {
    "persona.yaml": WORKSPACE,
    "rules/offers/catalog.yaml": CATALOG,
    "rules/offers/cashback.yaml": OFFER,
    "rules/compliance/law.yaml": RULE,
    "templates/email/cashback.yaml": TEMPLATE,
    "templates/blocks/imprint.yaml": BLOCK,
}


def written(root, **changes):
    for name, text in {**FILES, **changes}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
