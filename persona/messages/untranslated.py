"""Languages of the workspace whose customers a template leaves without a message: legal text never falls back."""

from __future__ import annotations

from collections.abc import Iterator

from persona.errors import PolicyError
from persona.messages.disclosures import has_legal_text
from persona.messages.locales import nearest
from persona.messages.recipe import recipes
from persona.messages.wording import wordings
from persona.policy.content import Template
from persona.policy.policy import Policy

__all__ = ["untranslated"]


def untranslated(policy: Policy) -> Iterator[PolicyError]:
    """Templates with legal text that lack a language of the workspace, once each, at their languages.

    Reads: a policy whose texts are in order.
    """
    languages = policy.workspace.languages
    for template in policy.templates.values():
        lacks = [one for one in languages if nearest(template.locales, one) is None]
        if lacks and _speaks_law(template, policy):
            spoken = ", ".join(lacks)
            what = f"the template has no text in {spoken}, and legal text never falls back"
            hint = f"Its messages to customers who speak {spoken} are withheld by the check 'legal_language'."
            yield PolicyError(what, where=str(template.place_of("locales")), hint=hint)


def _speaks_law(template: Template, policy: Policy) -> bool:
    """Whether any message of a template, about any offer that tells it, has legal text."""
    first = policy.workspace.languages[0]
    named = (template.channel, template.template)
    wording = wordings([template], policy.blocks, languages=[first])[(*named, first)]
    own = [offer for offer in policy.offers if named in {(one.channel, one.template) for one in offer.treatments}]
    every = (one for offer in own for one in offer.told)
    made = (recipe.wording for offer in every for recipe in recipes(offer, wording, policy, day=None))
    return any(has_legal_text(one, policy) for one in made)
