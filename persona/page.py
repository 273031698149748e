"""A page to read, to print and to send round: whole in one file, its own style its only one, nothing from elsewhere.

Its content policy names the style sheet, and a script where there is one, by their hashes, and allows nothing else.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from html.parser import HTMLParser

__all__ = ["FIGURE", "page", "picture", "table"]

FIGURE = re.compile(r"-?[\d,]+(\.\d+)?( %| [A-Z]{3})?|-")
"""Numbers, shares and amounts as they are written out, and the dash for nothing: they stand to the right."""
STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2.2rem 0 .5rem}p{margin:.3rem 0}.when,summary{color:#5c6570}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}dt{font-weight:600}dd{margin:0 0 .4rem}
th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid #e3e7eb;vertical-align:top}
th{color:#5c6570;font-weight:600}.short{white-space:nowrap}.figure{text-align:right;white-space:nowrap;
font-variant-numeric:tabular-nums}svg{display:block}.rest{fill:#e3e7eb}text{font:13px system-ui,sans-serif;fill:#1b1f24}
@media print{body{margin:0;max-width:none}tr,h2{break-inside:avoid}h2{break-after:avoid}}
"""
SHORT = 24
"""Letters that are not broken over lines."""


def page(
    title: str,
    body: Iterable[str],
    *,
    style: str = "",
    script: str = "",
    shown: Iterable[str] = (),
    hosts: Iterable[str] = (),
) -> str:
    """The whole document around a body of HTML; `style` goes beyond the common sheet, `script` runs at its end.

    `shown` are documents that stand in frames of it: their own styles are allowed too, by their hashes. `hosts` are
    those whose pictures may be loaded.
    """
    sheet = STYLE + style
    policy = f"default-src 'none'; style-src {_hash(sheet)}{_styles(shown)}; base-uri 'none'; form-action 'none'"
    policy += f"; img-src {' '.join(f'https://{host}' for host in hosts)}" if hosts else ""
    if script:
        policy += f"; script-src {_hash(script)}"
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{escape(title)}</title><style>{sheet}</style></head><body>",
            *body,
            *([f"<script>{script}</script>"] if script else []),
            "</body></html>\n",
        ]
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _styles(shown: Iterable[str]) -> str:
    """The hashes of all style sheets and style attributes of some documents, each once."""
    reader = _Styles()
    for document in shown:
        reader.feed(document)
    hashes = "".join(f" {one}" for one in sorted({_hash(text) for text in reader.found}))
    return f" 'unsafe-hashes'{hashes}" if hashes else ""


class _Styles(HTMLParser):
    """The style sheets and style attributes of what it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._sheet: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value for name, value in attrs if name == "style" and value}
        self._sheet = [] if tag == "style" else self._sheet

    def handle_data(self, data: str) -> None:
        if self._sheet is not None:
            self._sheet.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "style" and self._sheet is not None:
            self.found.add("".join(self._sheet))
            self._sheet = None


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    r"""The lines of a table of texts, without its head where no column is named.

    >>> print(*table(["offer", "sent"], [["<b>", "1,137"]]), sep="\n")
    <div class="wide"><table><thead><tr><th>offer</th><th class="figure">sent</th></tr></thead><tbody>
    <tr><td class="short">&lt;b&gt;</td><td class="figure">1,137</td></tr>
    </tbody></table></div>
    """
    figures = [_is_figures([row[number] for row in rows]) for number in range(len(header))]
    heads = "".join(
        f"<th{_kind(is_figure=figure)}>{escape(name)}</th>" for name, figure in zip(header, figures, strict=True)
    )
    yield f'<div class="wide"><table>{f"<thead><tr>{heads}</tr></thead>" if any(header) else ""}<tbody>'
    for row in rows:
        cells = (
            f"<td{_kind(cell, is_figure=figure)}>{escape(cell)}</td>" for cell, figure in zip(row, figures, strict=True)
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _is_figures(cells: Sequence[str]) -> bool:
    said = [cell for cell in cells if cell not in {"", "-"}]
    return bool(said) and all(FIGURE.fullmatch(cell) for cell in said)


def _kind(text: str = "", *, is_figure: bool) -> str:
    return ' class="figure"' if is_figure else ' class="short"' if 0 < len(text) <= SHORT else ""


def picture(label: str, marks: Iterable[str], *, width: int, height: int, fluid: bool = False) -> str:
    """A drawing of SVG marks that says what it shows to those who do not see it; a fluid one fills its box."""
    size = f'viewBox="0 0 {width} {height}" width="100%"' if fluid else f'width="{width}" height="{height}"'
    return f'<svg role="img" aria-label="{escape(label)}" {size}>{"".join(marks)}</svg>'
