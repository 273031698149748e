"""Whether HTML can be read by everybody: pictures say what they show, and words stand out from what is behind them.

Nothing of a customer's can change a style, so this is seen once for each wording, before the first message.
Source: WCAG 2.2, 1.1.1 (a text for each picture; empty where it only decorates) and 1.4.3 (contrast of at least 4.5 to
1, 3 to 1 for large text: 24 px, or 18.66 px in bold), with relative luminance as defined there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from jinja2 import nodes

from persona.messages.markup import flat

__all__ = ["contrast", "faults"]

Color = tuple[int, int, int]

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
LEAST, LEAST_OF_LARGE = 4.5, 3.0
_BOLD_FROM = 700
_DARK = 0.04045
"""Below it a part of a colour is in proportion to its light."""
_NAMED: dict[str, Color] = {
    "black": BLACK,
    "white": WHITE,
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "navy": (0, 0, 128),
    "orange": (255, 165, 0),
}
_VOID = frozenset({"area", "br", "col", "hr", "img", "meta", "wbr"})
_HEADINGS = {"h1": 32.0, "h2": 24.0, "h3": 18.7}
_BOLD = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"})
_SILENT = frozenset({"style", "title", "head"})
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_AT_RULE = re.compile(r"@[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|@[^;{}]*;|/\*.*?\*/", re.DOTALL)
_COMPOUND = re.compile(r"([a-z][a-z0-9]*)?((?:\.[\w-]+)*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Look:
    """How the words of an element look."""

    tag: str = ""
    classes: frozenset[str] = frozenset()
    color: Color | None = BLACK
    behind: Color | None = WHITE
    size_px: float = 16.0
    is_bold: bool = False
    is_hidden: bool = False

    @property
    def is_large(self) -> bool:
        return self.size_px >= (18.66 if self.is_bold else 24.0)


@dataclass(frozen=True, slots=True)
class _Rule:
    parts: tuple[tuple[str, frozenset[str]], ...]
    """Tag and classes of each element on the way down; the last is the one that it styles."""
    said: dict[str, str]
    weight: tuple[int, int, int]


def faults(body: Iterable[nodes.Node]) -> list[str]:
    """What cannot be read in the HTML of a text, in words, in the order in which it stands."""
    reader = _Reader()
    reader.feed("".join(piece if isinstance(piece, str) else piece.name for piece in flat(body)))
    reader.close()
    return list(dict.fromkeys(reader.found))


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours, 1 to 21.

    >>> contrast((0, 0, 0), (255, 255, 255))
    21.0
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return round((light + 0.05) / (dark + 0.05), 2)


def _luminance(color: Color) -> float:
    parts = [value / 255 for value in color]
    red, green, blue = (part / 12.92 if part <= _DARK else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class _Reader(HTMLParser):
    """Follows the look of the words from element to element."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.rules: list[_Rule] = []
        self.open: list[_Look] = [_Look()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "img" and "alt" not in given:
            self.found.append('a picture has no text in its place: give <img> an alt, or alt="" where it decorates')
        if tag not in _VOID:
            self.open.append(self._look(tag, given))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        names = [look.tag for look in self.open]
        if tag in names and tag not in _VOID:
            del self.open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        look = self.open[-1]
        if look.tag == "style":
            self.rules += _rules(data, len(self.rules))
        elif data.strip() and not look.is_hidden and look.color is not None and look.behind is not None:
            least, seen = (LEAST_OF_LARGE if look.is_large else LEAST), contrast(look.color, look.behind)
            if seen < least:
                words = " ".join(data.split())[:30]
                what = f"{words!r} hardly stands out: {_hex(look.color)} on {_hex(look.behind)} is {seen} to 1"
                self.found.append(f"{what}, at least {least:g} is read by everybody")

    def _look(self, tag: str, given: dict[str, str]) -> _Look:
        above = self.open[-1]
        classes = frozenset(given.get("class", "").split())
        made = replace(above, tag=tag, classes=classes)
        if tag in _HEADINGS:
            made = replace(made, size_px=_HEADINGS[tag])
        if tag in _BOLD:
            made = replace(made, is_bold=True)
        if tag in _SILENT:
            made = replace(made, is_hidden=True)
        if "bgcolor" in given:
            made = replace(made, behind=_color(given["bgcolor"]))
        way = [*self.open[1:], made]
        for rule in sorted((rule for rule in self.rules if _meets(rule.parts, way)), key=lambda rule: rule.weight):
            made = _styled(made, rule.said, above)
        return _styled(made, _said(given.get("style", "")), above)


def _rules(style: str, before: int) -> list[_Rule]:
    """The rules of a style sheet that name tags and classes; those for some screens only are passed over."""
    made = []
    for number, (selectors, body) in enumerate(_RULE.findall(_AT_RULE.sub("", style))):
        for selector in selectors.split(","):
            found = [_COMPOUND.fullmatch(part) for part in selector.split()]
            if not found or not all(found):
                continue
            parts = tuple((one[1] or "", frozenset(one[2].split(".")) - {""}) for one in found if one)
            weight = (sum(len(classes) for _, classes in parts), sum(bool(tag) for tag, _ in parts), before + number)
            made.append(_Rule(parts, _said(body), weight))
    return made


def _said(text: str) -> dict[str, str]:
    pairs = (one.partition(":") for one in text.split(";"))
    return {name.strip().lower(): value.replace("!important", "").strip().lower() for name, _, value in pairs}


def _meets(parts: Sequence[tuple[str, frozenset[str]]], way: Sequence[_Look]) -> bool:
    """Whether the last element of the way is meant: it fits the last part, and those above it the others, in order."""
    tag, classes = parts[-1]
    here = way[-1]
    if (tag and tag.lower() != here.tag) or not classes <= here.classes:
        return False
    rest = list(parts[:-1])
    for look in reversed(way[:-1]):
        if rest and (not rest[-1][0] or rest[-1][0].lower() == look.tag) and rest[-1][1] <= look.classes:
            rest.pop()
    return not rest


def _styled(look: _Look, said: dict[str, str], above: _Look) -> _Look:
    if "color" in said:
        look = replace(look, color=_color(said["color"]))
    behind = said.get("background-color") or said.get("background")
    if behind and behind not in ("transparent", "none", "inherit"):
        look = replace(look, behind=_color(behind.split()[0]))
    size = re.fullmatch(r"([\d.]+)(px|pt|em|rem|%)", said.get("font-size", ""))
    if size:
        unit = {"px": 1.0, "pt": 4 / 3, "em": above.size_px, "rem": 16.0, "%": above.size_px / 100}[size[2]]
        look = replace(look, size_px=float(size[1]) * unit)
    weight = said.get("font-weight", "")
    if weight:
        look = replace(look, is_bold=weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= _BOLD_FROM))
    if said.get("display") == "none" or said.get("visibility") == "hidden":
        look = replace(look, is_hidden=True)
    return look


def _color(text: str) -> Color | None:
    """A colour as it is written; None where it is written in another way, such as with transparency."""
    text = text.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{3}", text):
        return int(text[1] * 2, 16), int(text[2] * 2, 16), int(text[3] * 2, 16)
    if re.fullmatch(r"#[0-9a-f]{6}", text):
        return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
    plain = re.fullmatch(r"rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)", text)
    if plain:
        return min(int(plain[1]), 255), min(int(plain[2]), 255), min(int(plain[3]), 255)
    return _NAMED.get(text)


def _hex(color: Color) -> str:
    return "#" + "".join(f"{part:02x}" for part in color)
