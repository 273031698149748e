"""What a wording leaves open, put in: the block that is drawn of each choice, and the blocks that rules require.

Blocks are approved one by one, and the template with its choices once: no combination needs an approval of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b
from itertools import product
from math import prod

import numpy as np
import polars as pl
from jinja2 import nodes

from persona.buckets import hashes
from persona.errors import PolicyError, PolicyErrors
from persona.messages.disclosures import required
from persona.messages.hashed import content_hash
from persona.messages.language import Text
from persona.messages.wording import KEPT, Wording, put_in, whole
from persona.policy.catalog import Offer
from persona.policy.content import Slot
from persona.policy.policy import Policy

__all__ = ["Recipe", "blocks_in", "drawn", "recipes"]


@dataclass(frozen=True)
class Recipe:
    """One variant of a treatment's message, complete."""

    wording: Wording
    variant: str | None
    """The blocks that were drawn, in the order of the choices; None where nothing is drawn."""
    weight: int
    of: int
    """The variant's probability is weight / of."""
    placed: tuple[str, ...]
    """``placement:block`` of each block that a rule put in."""


def recipes(offer: Offer, wording: Wording, policy: Policy, *, day: date | None) -> tuple[Recipe, ...]:
    """The variants of a wording for an offer, in the order of their blocks' names, with what rules in force require.

    ``day`` is that of the run; None: any on which the offer can be taken up.
    Raises: PolicyErrors with all that is wrong in what is put in.
    """
    made: list[Recipe] = []
    errors: list[PolicyError] = []
    of = prod(sum(weights.values()) for weights in wording.choices.values())
    for names in product(*wording.choices.values()):
        pairs = list(zip(wording.choices, names, strict=True))
        weight = prod(wording.choices[choice][name] for choice, name in pairs)
        try:
            chosen = {choice: (name,) for choice, name in pairs}
            complete, placed = _complete(offer, wording, chosen, policy, day)
        except PolicyErrors as told:
            errors += told.errors
            continue
        made.append(Recipe(complete, "+".join(names) or None, weight, of, placed))
    if errors:
        raise PolicyErrors(list({str(error): error for error in errors}.values()))
    return tuple(made)


def _complete(
    offer: Offer, wording: Wording, chosen: Mapping[str, Sequence[str]], policy: Policy, day: date | None
) -> tuple[Wording, tuple[str, ...]]:
    """The wording with the chosen blocks, and with those that rules require of what it says then."""
    said = _filled(wording, chosen, policy)
    if not set(said.opened) & set(KEPT):
        return said, ()
    wanted = required(offer, said, policy, day=day)
    kept = {name: wanted.get(placement, ()) for name, placement in KEPT.items() if name in said.opened}
    elsewhere = {block for name, blocks in kept.items() if KEPT[name] != "anywhere" for block in blocks}
    if "disclosures" in kept:
        kept["disclosures"] = tuple(block for block in kept["disclosures"] if block not in elsewhere)
    placed = tuple(f"{KEPT[name]}:{block}" for name, blocks in sorted(kept.items()) for block in blocks)
    return _filled(said, kept, policy), placed


def _filled(wording: Wording, put: Mapping[str, Sequence[str]], policy: Policy) -> Wording:
    """The wording with blocks in the places of some names; the others stay open."""
    if not set(put) & set(wording.opened):
        return wording
    errors: list[PolicyError] = []
    texts: dict[str, Text] = {}
    for name, text in wording.texts.items():
        try:
            texts[name] = _filled_text(text, name, wording, put, policy)
        except PolicyErrors as told:
            errors += told.errors
        except PolicyError as error:
            errors.append(error)
    if errors:
        raise PolicyErrors(errors)
    slots = _merged({}, *texts.values())
    blocks = tuple(dict.fromkeys(name for text in texts.values() for name in text.blocks))
    added = [content_hash(policy.blocks[name]) for name in sorted(set(blocks) - set(wording.blocks))]
    said = "|".join((wording.hash, *(f"{name}={','.join(put[name])}" for name in sorted(put)), *added))
    return replace(
        wording,
        texts=texts,
        slots=dict(sorted(slots.items())),
        blocks=blocks,
        hash=blake2b(said.encode(), digest_size=16).hexdigest(),
    )


def _filled_text(text: Text, name: str, wording: Wording, put: Mapping[str, Sequence[str]], policy: Policy) -> Text:
    if not set(put) & set(text.opened):
        return text
    blocks, fallback = policy.blocks, policy.workspace.languages[0]
    parts = {
        opened: [put_in(block, name, wording, blocks, fallback) for block in put[opened]]
        for opened in text.opened
        if opened in put
    }
    bodies = {opened: _joined([one.body for one in made], _apart(opened, name)) for opened, made in parts.items()}
    added = [one for made in parts.values() for one in made]
    rest = tuple(opened for opened in text.opened if opened not in put)
    names = tuple(dict.fromkeys((*text.blocks, *(block for one in added for block in one.blocks))))
    by_row: tuple[nodes.Node, ...] = ()
    if text.by_row or any(one.by_row for one in added):
        exact = {
            opened: _joined([one.by_row or one.body for one in made], _apart(opened, name))
            for opened, made in parts.items()
        }
        by_row = tuple(_put(text.by_row or text.body, exact))
    made = Text(tuple(_put(text.body, bodies)), _merged(text.slots, *added), names, rest, by_row)
    return made if rest else whole(made, name, wording.place)


def _apart(opened: str, name: str) -> str:
    """What stands between two blocks in one place: each is a paragraph, unless the place is within one."""
    return {"html": "\n", "text": "\n\n"}.get(name, " ") if opened == "disclosures" else " "


def _joined(bodies: Sequence[Sequence[nodes.Node]], apart: str) -> list[nodes.Node]:
    """The nodes of some blocks one after the other."""
    between = nodes.Output([nodes.TemplateData(apart)])
    return [node for number, body in enumerate(bodies) for node in (*([between] if number else []), *body)]


def _put(body: Sequence[nodes.Node], bodies: Mapping[str, Sequence[nodes.Node]]) -> Iterator[nodes.Node]:
    """The nodes with the bodies in their places; a place into which nothing comes takes its line break with it."""
    is_bare = False
    for node in body:
        if isinstance(node, nodes.Include) and isinstance(node.template, nodes.Const) and node.template.value in bodies:
            yield from bodies[node.template.value]
            is_bare = not bodies[node.template.value]
            continue
        if is_bare and isinstance(node, nodes.Output) and isinstance(node.nodes[0], nodes.TemplateData):
            first = nodes.TemplateData(node.nodes[0].data.lstrip("\n"))
            yield nodes.Output([first, *node.nodes[1:]], lineno=node.lineno)
        elif isinstance(node, nodes.If):
            then, other = list(_put(node.body, bodies)), list(_put(node.else_, bodies))
            yield nodes.If(node.test, then, [], other, lineno=node.lineno)
        else:
            yield node
        is_bare = False


def _merged(slots: Mapping[str, Slot], *texts: Text) -> dict[str, Slot]:
    """The slots of all texts; one is required where one of them requires it.

    Raises: PolicyErrors where two mean different types.
    """
    found = dict(slots)
    for text in texts:
        for name, slot in text.slots.items():
            known = found.setdefault(name, slot)
            if known.type != slot.type:
                what = f"slot {name!r} is {slot.type} in a block and {known.type} elsewhere in the message"
                raise PolicyErrors([PolicyError(what, where=", ".join(text.blocks))])
            if slot.need == "required":
                found[name] = slot
    return found


def blocks_in(offer: Offer, wording: Wording, policy: Policy, *, day: date | None) -> set[str]:
    """Every block that a message may show: those in its text, and all that may be put in."""
    return {name for recipe in recipes(offer, wording, policy, day=day) for name in recipe.wording.blocks}


def drawn(rows: pl.DataFrame, made: Sequence[Recipe], *, salt: str) -> Iterator[tuple[Recipe, pl.DataFrame]]:
    """The rows of each recipe that some rows have: drawn by the hash of ``salt`` and the message's id.

    Reads: ``message_id``. Source: ``buckets.hashed(salt, message_id) % of``, against the weights one after the other.
    """
    if len(made) == 1:
        yield made[0], rows
        return
    place = (hashes(salt, rows["message_id"]) % np.uint64(made[0].of)).astype(np.int64)
    ends = np.cumsum([one.weight for one in made])
    number = pl.Series("recipe", np.searchsorted(ends, place, side="right"), dtype=pl.Int64)
    for index, recipe in enumerate(made):
        own = rows.filter(number == index)
        if own.height:
            yield recipe, own
