"""What all messages in one wording have in common: its fixed words, and nobody's own."""

from __future__ import annotations

import json
from collections.abc import Sequence

from jinja2 import nodes

from persona.messages.wording import Wording

__all__ = ["pattern"]


def pattern(wording: Wording, names: Sequence[str]) -> str:
    """The fixed parts of the texts of a wording, as JSON by name; null where it has no such text."""
    fixed = {name: _fixed(wording.texts[name].body) if name in wording.texts else None for name in names}
    return json.dumps(fixed, ensure_ascii=False, separators=(",", ":"))


def _fixed(body: Sequence[nodes.Node]) -> str:
    holder = nodes.Template(list(body))
    return "".join(part.data for part in holder.find_all(nodes.TemplateData))
