"""E-mail written as MJML: compiled to tables that mail programs show, with its styles on each element.

It is compiled whenever texts are read, and what comes of it is part of the hash that is approved: a compiler that
writes other HTML voids the approval. What Jinja writes is put aside meanwhile, so that neither compiler changes it; a
block of HTML is put in later as it was approved, to the byte, and styles itself where it must.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b

from persona.errors import PolicyError
from persona.messages.hashed import content_hash
from persona.messages.locales import nearest
from persona.policy.content import Block, Template
from persona.policy.places import Place

__all__ = ["Compiled", "compiled", "frozen"]

MAX_DEPTH = 5
"""Blocks within blocks."""

_INCLUDE = re.compile(r"\{%-?\s*include\s+'(\w+)'\s*-?%\}")
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_ASIDE = re.compile("0jinja([0-9]+)aside0")
"""Plain letters, which both compilers leave as they are wherever they stand."""
_TAG = re.compile(r"<(mj[\w-]*)")
_TAGS = frozenset(
    {
        *("mjml", "mj-head", "mj-title", "mj-preview", "mj-attributes", "mj-all", "mj-class", "mj-style", "mj-body"),
        *("mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-text", "mj-button", "mj-image", "mj-table"),
        *("mj-divider", "mj-spacer"),
    }
)
"""What neither loads anything nor numbers its parts by chance."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """An e-mail's HTML, still with its slots and blocks."""

    html: str
    blocks: tuple[str, ...]
    """The blocks that are MJML themselves, in the order of their first use."""


Finder = Callable[[str], str | None]
"""The MJML of a block in the message's language; None where there is no such block, or it has none."""


def compiled(template: Template, locale: str, blocks: Mapping[str, Block], fallback: str) -> Compiled | None:
    """The HTML of a template's MJML, with the blocks put in that are MJML themselves; None where it has no MJML.

    The other blocks stay, to be put in as HTML.
    Raises: PolicyError where it is no MJML, or uses what a message has no room for.
    """
    source = template.locales[locale].mjml
    if source is None:
        return None
    place = replace(template.place_of("locales", locale, "mjml"), raw="")
    used: dict[str, None] = {}
    whole = _put_in(source, _finder(blocks, locale, fallback), used, place, 0)
    if _ASIDE.search(whole):
        raise PolicyError("a word such as 0jinja1aside0 cannot stand in MJML", where=str(place))
    unknown = sorted({tag for tag in _TAG.findall(whole) if tag not in _TAGS})
    if unknown:
        raise PolicyError.unknown("element", unknown[0], _TAGS, where=str(place))
    try:
        html = _html(whole)
    except ValueError as error:
        hint = "Each element is closed, and stands where MJML has room for it: mjml, mj-body, mj-section, mj-column."
        raise PolicyError("the MJML cannot be compiled", where=str(place), hint=hint) from error
    return Compiled(html, tuple(used))


def frozen(template: Template, blocks: Mapping[str, Block], fallback: str) -> str:
    """The hash of what a template says and of the HTML that its MJML becomes: what is approved of it."""
    made = [compiled(template, locale, blocks, fallback) for locale in template.locales]
    said = [content_hash(template), *(one.html for one in made if one is not None)]
    return blake2b("|".join(said).encode(), digest_size=16).hexdigest() if len(said) > 1 else said[0]


def _finder(blocks: Mapping[str, Block], locale: str, fallback: str) -> Finder:
    def found(name: str) -> str | None:
        block = blocks.get(name)
        if block is None:
            return None
        spoken = nearest(block.locales, locale, fallback=None if block.kind == "disclosure" else fallback)
        return block.locales[spoken].mjml if spoken else None

    return found


def _put_in(source: str, find: Finder, blocks: dict[str, None], place: Place, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise PolicyError(f"more than {MAX_DEPTH} blocks of MJML lie in one another", where=str(place))

    def put(match: re.Match[str]) -> str:
        found = find(match[1])
        if found is None:
            return match[0]
        blocks.setdefault(match[1])
        return _put_in(found, find, blocks, place, depth + 1)

    return _INCLUDE.sub(put, source)


@lru_cache(maxsize=512)
def _html(source: str) -> str:
    import css_inline  # noqa: PLC0415 - only e-mail written as MJML needs either
    import mrml  # noqa: PLC0415

    kept: list[str] = []
    try:
        made = mrml.to_html(_aside(source, kept), render_options=mrml.RenderOptions(fonts={})).content
        inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)
        return _back(inliner.inline(made), kept)
    except OSError as error:  # what both raise on a text that they cannot read
        raise ValueError("is no MJML") from error


def _aside(text: str, kept: list[str]) -> str:
    def put(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"0jinja{len(kept) - 1}aside0"

    return _JINJA.sub(put, text)


def _back(text: str, kept: list[str]) -> str:
    return _ASIDE.sub(lambda match: kept[int(match[1])], text)
