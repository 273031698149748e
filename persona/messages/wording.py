"""The wording of each template in each language: its texts checked, with their blocks put in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from math import prod

from persona.errors import PolicyError, PolicyErrors
from persona.messages import figures, legible, markup
from persona.messages.filters import is_locale
from persona.messages.hashed import content_hash
from persona.messages.language import BlockFinder, Text, checked
from persona.messages.locales import nearest
from persona.messages.mjml import Compiled, compiled, frozen
from persona.messages.passages import Passage
from persona.policy.content import Block, Slot, Template, Texts
from persona.policy.places import Place

__all__ = ["FIELDS", "GIVEN", "KEPT", "NEEDED", "Wording", "nearest", "put_in", "whole", "wordings"]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "email": ("subject", "preheader", "html", "text"),
    "sms": ("body",),
    "push": ("title", "body", "link"),
    "inapp": ("title", "body", "link"),
    "letter": ("subject", "text"),
    "atm": ("title", "body"),
    "call": ("title", "body"),
    "advisor": ("title", "body"),
}
"""The texts that a channel has room for; what is told by people has a title and what they say."""

NEEDED: Mapping[str, tuple[str, ...]] = {
    "email": ("subject", "html", "text"),
    "sms": ("body",),
    "push": ("title", "body"),
    "inapp": ("title", "body"),
    "letter": ("subject", "text"),
    "atm": ("title", "body"),
    "call": ("title", "body"),
    "advisor": ("title", "body"),
}
"""The texts without which a channel sends nothing."""

_OPERATORS = ("and", "else", "if", "in", "is", "not", "or")
RESERVED = frozenset({*_OPERATORS, "caller", "false", "kwargs", "loop", "none", "self", "super", "true", "varargs"})
"""Words that mean something else to Jinja than the value of a slot."""

MAX_VARIANTS = 64
"""Variants of one template: each is checked by itself before the first message."""

KEPT: Mapping[str, str] = {
    "disclosures": "anywhere",
    "disclosures_beside": "beside",
    "disclosures_top": "top",
}
"""What a template includes to keep a place for the blocks that rules require, and the placement that it is."""

GIVEN: Mapping[str, Slot] = {
    "first_name": Slot(type="text"),
    "last_name": Slot(type="text"),
    "offer_name": Slot(type="text"),
    "reason": Slot(type="text"),
    "valid_until": Slot(type="date"),
    "sender_name": Slot(type="text"),
    "sender_postal_address": Slot(type="text"),
    "privacy_url": Slot(type="url"),
    "unsubscribe_url": Slot(type="url"),
}
"""Slots that every message has, declared or not; ``valid_until`` is the last day on which the offer can be taken up."""


@dataclass(frozen=True)
class Wording:
    """A template in one language, ready to be rendered."""

    channel: str
    template: str
    locale: str
    texts: Mapping[str, Text]
    """By the name of the field, in the channel's order."""
    slots: Mapping[str, Slot]
    """All slots of its texts, by name."""
    blocks: tuple[str, ...]
    """The blocks in it, by name."""
    hash: str
    """Of the template and the blocks in it: 32 hex digits."""
    place: Place
    choices: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What is drawn for each message: by name the blocks with their weights."""
    paper: str | None = None
    """What a letter is printed on."""
    enclosures: tuple[str, ...] = ()
    """What lies beside a letter."""

    @property
    def opened(self) -> tuple[str, ...]:
        """The names of what its texts leave open, in the order of their first use."""
        return tuple(dict.fromkeys(name for text in self.texts.values() for name in text.opened))


def wordings(
    templates: Iterable[Template], blocks: Mapping[str, Block], *, languages: Sequence[str]
) -> dict[tuple[str, str, str], Wording]:
    """The wording of each template for each of the workspace's languages, by (channel, template, language).

    Raises: PolicyErrors with all that is wrong in the texts of all templates and of the blocks that they use.
    """
    made: dict[tuple[str, str, str], Wording] = {}
    errors = {str(error): error for block in blocks.values() for error in _reserved(block)}
    for template in templates:
        errors.update((str(error), error) for error in _shape_faults(template, languages, blocks))
        errors.update((str(error), error) for error in _reserved(template))
        for spoken in template.locales:
            try:
                made[template.channel, template.template, spoken] = _wording(template, spoken, blocks, languages[0])
            except PolicyErrors as told:
                errors.update((str(error), error) for error in told.errors)
    if errors:
        raise PolicyErrors(list(errors.values()))
    return {
        (template.channel, template.template, language): made[template.channel, template.template, locale]
        for template in templates
        for language in languages
        if (locale := nearest(template.locales, language, fallback=languages[0])) is not None
    }


def _reserved(content: Template | Block) -> Iterable[PolicyError]:
    """Slots that could never be shown."""
    for name in content.slots:
        if name in RESERVED:
            where = str(content.place_of("slots", name))
            yield PolicyError(
                f"{name!r} is a word of the template language", where=where, hint="Give the slot another name."
            )


def _shape_faults(template: Template, languages: Sequence[str], blocks: Mapping[str, Block]) -> Iterable[PolicyError]:
    if nearest(template.locales, languages[0]) is None:
        hint = "It is spoken where a customer's own language is missing."
        yield PolicyError(
            f"the template has no text in {languages[0]!r}", where=str(template.place_of("locales")), hint=hint
        )
    for locale in template.locales:
        yield from _text_faults(template, locale)
    yield from _choice_faults(template, blocks)
    for name in {"paper", "enclosures"} & template.model_fields_set if template.channel != "letter" else ():
        yield PolicyError(f"a message by {template.channel} has no {name}", where=str(template.place_of(name)))
    for name, slot in template.slots.items():
        if name in GIVEN and GIVEN[name].type != slot.type:
            where = str(template.place_of("slots", name))
            yield PolicyError(f"slot {name!r} is {GIVEN[name].type} in every message", where=where)


def _text_faults(template: Template, locale: str) -> Iterable[PolicyError]:
    """What is wrong with the texts of one language."""
    texts = template.locales[locale]
    where = str(template.place_of("locales", locale))
    if not is_locale(locale):
        yield PolicyError(f"{locale!r} is not a language such as en or de-AT", where=where)
    written = texts.model_copy(update={"html": texts.html or texts.mjml})
    if texts.html and texts.mjml:
        yield PolicyError("html and mjml cannot both be there", where=where, hint="The HTML is made of the MJML.")
    for name in NEEDED[template.channel]:
        if not getattr(written, name):
            yield PolicyError(f"a message by {template.channel} needs a {name}", where=where)
    room_for = {*FIELDS[template.channel], *(("mjml",) if template.channel == "email" else ())}
    for name in texts.model_fields_set - room_for:
        place = template.place_of("locales", locale, name)
        room = ", ".join(FIELDS[template.channel])
        yield PolicyError(f"a message by {template.channel} has no {name}", where=str(place), hint=f"It has {room}.")


def _choice_faults(template: Template, blocks: Mapping[str, Block]) -> Iterable[PolicyError]:
    for name, weights in template.choices.items():
        where = str(template.place_of("choices", name))
        if name in (*blocks, *KEPT):
            yield PolicyError(
                f"{name!r} has another meaning already", where=where, hint="Give the choice another name."
            )
        for block in weights:
            if block not in blocks:
                yield PolicyError.unknown("block", block, blocks, where=str(template.place_of("choices", name, block)))
        if not weights:
            yield PolicyError(f"choice {name!r} has no block", where=where)
    count = prod(len(weights) for weights in template.choices.values())
    if count > MAX_VARIANTS:
        where = str(template.place_of("choices"))
        yield PolicyError(f"{count:,} variants come of the choices; the most is {MAX_VARIANTS}", where=where)


def _wording(template: Template, locale: str, blocks: Mapping[str, Block], fallback: str) -> Wording:
    errors: list[PolicyError] = []
    texts: dict[str, Text] = {}
    try:
        made = compiled(template, locale, blocks, fallback)
    except PolicyError as error:
        raise PolicyErrors([error]) from error
    for name in FIELDS[template.channel]:
        source = getattr(template.locales[locale], name)
        place = template.place_of("locales", locale, name)
        if name == "html" and made is not None:
            source, place = made.html, replace(template.place_of("locales", locale, "mjml"), raw="")
        if source is None:
            continue
        passage = Passage(source, place, {**GIVEN, **_slots_of(made, blocks), **template.slots}, locale)
        try:
            texts[name] = _text(passage, name, locale, blocks, fallback, (*template.choices, *KEPT))
        except PolicyErrors as told:
            errors.extend(told.errors)
    slots = {name: slot for text in texts.values() for name, slot in text.slots.items()}
    for text in texts.values():
        slots.update((name, slot) for name, slot in text.slots.items() if slot.need == "required")
    opened = {name for text in texts.values() for name in text.opened}
    for name in template.choices:
        if name not in opened and not errors:
            where = str(template.place_of("choices", name))
            errors.append(PolicyError(f"choice {name!r} is in no text in {locale!r}", where=where))
    if errors:
        raise PolicyErrors(errors)
    named = (*(made.blocks if made else ()), *(name for text in texts.values() for name in text.blocks))
    used = tuple(dict.fromkeys(named))
    hashes = (frozen(template, blocks, fallback), *(content_hash(blocks[name]) for name in sorted(used)))
    said = "|".join(hashes)
    return Wording(
        template.channel,
        template.template,
        locale,
        texts,
        dict(sorted(slots.items())),
        used,
        blake2b(said.encode(), digest_size=16).hexdigest(),
        template.place_of("locales", locale),
        {name: dict(sorted(weights.items())) for name, weights in sorted(template.choices.items())},
        template.paper,
        template.enclosures,
    )


def _slots_of(made: Compiled | None, blocks: Mapping[str, Block]) -> dict[str, Slot]:
    """The slots of the blocks that are MJML themselves: they stand in the message as its own."""
    return {name: slot for block in (made.blocks if made else ()) for name, slot in blocks[block].slots.items()}


def _text(
    passage: Passage, name: str, locale: str, blocks: Mapping[str, Block], fallback: str, later: Collection[str] = ()
) -> Text:
    text = checked(passage, block=_finder(name, locale, blocks, fallback), later=later)
    return text if text.opened else whole(text, name, passage.place)


def put_in(name: str, part: str, wording: Wording, blocks: Mapping[str, Block], fallback: str) -> Text:
    """The text of a block for a field of a wording, to be put in where the wording leaves room for it.

    Raises: PolicyErrors with all that is wrong in it.
    """
    find = _finder(part, wording.locale, blocks, fallback)
    made = checked(find(name, wording.place), block=find)
    return replace(made, blocks=(name, *made.blocks))


def _finder(part: str, locale: str, blocks: Mapping[str, Block], fallback: str) -> BlockFinder:
    def found(wanted: str, place: Place) -> Passage:
        if wanted not in blocks:
            raise PolicyError.unknown("block", wanted, blocks, where=str(place))
        return _block_passage(blocks[wanted], part, locale, fallback, place)

    return found


def whole(text: Text, name: str, place: Place) -> Text:
    """The text of a field, in which nothing is left open.

    Raises: PolicyErrors where a value touches a figure, or stands where HTML has no room for it.
    """
    wrong = figures.faults(text.body, is_text=lambda slot: text.slots[slot].type in ("text", "url"))
    if name == "html":
        wrong += markup.faults(text.body, is_address=lambda slot: text.slots[slot].type == "url")
        wrong += legible.faults(text.body)
    if wrong:
        raise PolicyErrors([PolicyError(fault, where=str(place)) for fault in wrong])
    return text


def _block_passage(block: Block, name: str, locale: str, fallback: str, place: Place) -> Passage:
    """The text of a block for a field: its own, or its plain text where the field is plain too."""
    is_legal = block.kind == "disclosure"
    spoken = nearest(block.locales, locale, fallback=None if is_legal else fallback)
    if spoken is None:
        hint = "A disclosure is never said in another language." if is_legal else ""
        raise PolicyError(f"block {block.block!r} has no text in {locale!r}", where=str(place), hint=hint)
    chosen = _chosen(block.locales[spoken], name)
    if chosen is None:
        raise PolicyError(
            f"block {block.block!r} has no {name}", where=str(place), hint=f"Give it one in {block.file or 'its file'}."
        )
    field, source = chosen
    return Passage(source, block.place_of("locales", spoken, field), {**GIVEN, **block.slots}, spoken)


def _chosen(texts: Texts, name: str) -> tuple[str, str] | None:
    for one in (name,) if name in ("html", "link") else (name, "text", "body"):
        source = getattr(texts, one)
        if source is not None:
            return one, source
    return None
