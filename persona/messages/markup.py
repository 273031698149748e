"""Where values may stand in HTML: in running text and in quoted attributes, addresses only in addresses.

Escaping keeps a value from ending its text or its quotes; it does not keep ``javascript:`` out of an address, nor a
value out of a style or a script, nor does it help where an attribute has no quotes: all that is refused beforehand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html.parser import HTMLParser

from jinja2 import nodes

__all__ = ["faults", "flat"]

Piece = str | nodes.Name

_ACTIVE = frozenset(
    {
        *("applet", "base", "button", "embed", "form", "frame", "frameset", "iframe", "input"),
        *("link", "math", "object", "script", "select", "svg", "textarea"),
    }
)
_ADDRESSES = frozenset({"href", "src", "background", "action", "poster", "srcset", "cite", "data"})
_SCHEMES = ("https://", "mailto:", "tel:", "#", "cid:")
_MARK = re.compile("\ue000([a-z0-9_]+)\ue001")
_OPENING = re.compile("<[/!?]?\ue000")
_TAG = re.compile("</?[!?A-Za-z\ue000](?>[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_COMMENT_ENDS = re.compile("-->")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_ACTIVE_STYLE = re.compile(r"(?i)expression\s*\(|javascript:|@import|behavior\s*:")


def flat(body: Iterable[nodes.Node]) -> Iterator[Piece]:
    """What the nodes print, in the order in which it stands: texts, and slots as their names; all branches in turn."""
    for node in body:
        if isinstance(node, nodes.TemplateData):
            yield node.data
        elif isinstance(node, nodes.Name):
            yield node
        elif isinstance(node, nodes.If):
            yield from flat((*node.body, *node.else_))
        elif isinstance(node, nodes.Output):
            yield from flat(node.nodes)
        elif isinstance(node, nodes.Filter) and node.node is not None:
            yield from flat((node.node,))


def faults(body: Sequence[nodes.Node], *, is_address: Callable[[str], bool]) -> list[str]:
    """What is wrong with the HTML of a text: each fault in words, in the order in which it stands.

    ``is_address`` says whether a slot is an address.
    """
    source = "".join(piece if isinstance(piece, str) else f"\ue000{piece.name}\ue001" for piece in flat(body))
    if not _is_closed(source):
        return ["a tag is not closed, or a sign < stands by itself: write &lt;"]
    reader = _Markup(is_address)
    reader.feed(source)
    reader.close()
    return reader.found + ["a slot stands in the name of a tag"] * bool(_OPENING.search(source))


def _is_closed(source: str) -> bool:
    """Whether each ``<`` opens a tag or comment that ends; it stops at the first that does not."""
    at = source.find("<")
    while at >= 0:
        ends = _COMMENT_ENDS.search(source, at + 4) if source.startswith("<!--", at) else _TAG.match(source, at)
        if ends is None:
            return False
        at = source.find("<", ends.end())
    return True


class _Markup(HTMLParser):
    """Reads HTML in which each slot is a marked name."""

    def __init__(self, is_address: Callable[[str], bool]) -> None:
        super().__init__(convert_charrefs=True)
        self.is_address = is_address
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag in _ACTIVE:
            self.found.append(f"<{tag}> is not allowed in a message")
        for name in _MARK.findall(_QUOTED.sub("", self.get_starttag_text() or "")):
            self.found.append(f"slot {name!r} stands in <{tag}> outside of quotes")
        for attribute, value in attrs:
            self._attribute(tag, attribute, value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._in_style = False

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False
        self._no_slot(tag, f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._no_slot(data, "<style>")
            self._style(data)

    def handle_comment(self, data: str) -> None:
        self._no_slot(data, "a comment")

    def handle_decl(self, decl: str) -> None:
        self._no_slot(decl, "a declaration")

    def unknown_decl(self, data: str) -> None:
        self._no_slot(data, "a declaration")

    def handle_pi(self, data: str) -> None:
        self._no_slot(data, "a declaration")

    def _attribute(self, tag: str, attribute: str, value: str) -> None:
        is_refresh = attribute == "http-equiv" and value.strip().lower() == "refresh"
        if attribute.startswith("on") or attribute == "srcdoc" or is_refresh:
            self.found.append(f"attribute {attribute!r} of <{tag}> is not allowed in a message")
        elif attribute == "style":
            self._no_slot(value, f"the style of <{tag}>")
            self._style(value)
        elif attribute in _ADDRESSES:
            self._address(tag, attribute, value.strip())

    def _address(self, tag: str, attribute: str, value: str) -> None:
        slots = _MARK.findall(value)
        whole = _MARK.fullmatch(value)
        if whole and self.is_address(whole[1]):
            return
        if slots:
            self.found.append(f"{attribute!r} of <{tag}> is one slot of type url, or none: not {', '.join(slots)}")
        elif value and not value.lower().startswith(_SCHEMES):
            self.found.append(f"{attribute!r} of <{tag}> begins with none of {', '.join(_SCHEMES)}")

    def _style(self, text: str) -> None:
        if _ACTIVE_STYLE.search(text):
            self.found.append("a style runs code or loads another")

    def _no_slot(self, text: str, where: str) -> None:
        for name in _MARK.findall(text):
            self.found.append(f"slot {name!r} stands in {where}")
