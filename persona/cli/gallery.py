"""The page on which people look at messages, judge them by the keyboard, and save what they said as a file.

Its only script is its own and reaches nowhere: the content policy names it by its hash and allows no connection. Mails
stand in frames that run no scripts and follow no links, so that nobody is unsubscribed by a look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from persona.cli.mockups import mockup
from persona.cli.views import money
from persona.page import page
from persona.runs.gallery import window

if TYPE_CHECKING:
    from persona.checks.sampling import Stratum
    from persona.runs.gallery import Card, Gallery

__all__ = ["gallery_page"]

KEYS = (
    ("j", "the next message"),
    ("k", "the one before"),
    ("n", "the next that is open"),
    ("a", "approve"),
    ("r", "reject"),
    ("c", "comment; Esc leaves the box"),
    ("u", "take the verdict back"),
    ("f", "choose a stratum"),
    ("s", "save the review as a file"),
    ("?", "this list"),
)


def gallery_page(told: Gallery, *, mark: str = "") -> str:
    """The whole document; the same messages are the same text. ``mark`` stands above all of them."""
    title = "Proofs" if mark else f"Review of run {told.run_id}" if told.is_waiting else f"Messages of {told.run_id}"
    return page(
        f"{title}: {told.bank}",
        _body(told, title, mark),
        style=_own("gallery.css"),
        script=_own("gallery.js"),
        shown=[str(card.said["html"]) for card in told.cards if card.said.get("html")],
        hosts=told.hosts,
    )


def _own(name: str) -> str:
    return files("persona.cli").joinpath(name).read_text(encoding="utf-8")


def _body(told: Gallery, title: str, mark: str) -> Iterator[str]:
    if mark:
        yield f'<div class="mark">{escape(mark)}</div>'
    yield f'<header class="bar"><div><h1>{escape(title)}</h1>'
    yield f'<div class="where">{escape(told.bank)}, as of {escape(told.as_of[:10])}</div></div>'
    bar = f'<progress max="{max(len(told.cards), 1)}" value="0"></progress>' if told.is_waiting else ""
    yield f'<div class="progress needs-script">{bar}<output></output></div>'
    if told.is_waiting:
        yield '<button data-key="o" class="needs-script">Open</button>'
        yield '<button data-key="s" class="save needs-script">Save review<kbd>s</kbd></button>'
    yield '<button data-key="?" class="needs-script">Keys<kbd>?</kbd></button>'
    yield '<input id="open" type="file" accept=".json" hidden></header><div class="frame">'
    numbered = [(f"m{number}", card) for number, card in enumerate(told.cards, start=1)]
    yield from _strata(told, numbered)
    judged = "yes" if told.is_waiting else "no"
    yield f'<main data-run="{escape(told.run_id)}" data-sample="{told.sample}" data-waits="{judged}">'
    for anchor, card in numbered:
        yield from _card(told, anchor, card)
    yield "</main></div>"
    keys = "".join(f"<dt><kbd>{escape(key)}</kbd></dt><dd>{escape(says)}</dd>" for key, says in KEYS)
    yield f'<dialog><h2>Keys</h2><dl>{keys}</dl><button data-key="?">Close</button></dialog>'
    yield '<div class="toast" role="status"></div>'


def _strata(told: Gallery, numbered: Sequence[tuple[str, Card]]) -> Iterator[str]:
    """The strata with their plans, and a dot for each message."""
    yield '<nav class="strata" aria-label="Strata"><select id="stratum" class="needs-script" aria-label="Stratum">'
    yield '<option value="">All strata</option>'
    yield "".join(f'<option value="{escape(one.name)}">{escape(one.name)}</option>' for one in told.strata)
    yield "</select>"
    for one in told.strata:
        own = [(anchor, card) for anchor, card in numbered if card.stratum == one]
        dots = "".join(
            f'<a href="#{anchor}" class="{"withheld" if card.failed else "open"}">{anchor[1:]}</a>'
            for anchor, card in own
        )
        yield f'<div class="group" data-stratum="{escape(one.name)}" data-accept="{one.plan.accept}">'
        said = escape(" · ".join(filter(None, (one.channel, one.locale, _variant(one)))))
        yield f"<h2>{escape(one.offer_id)}</h2><p>{said}<br>{_plan(one, len(own), told)}</p>"
        yield f'<div class="dots">{dots}</div></div>'
    yield "</nav>"


def _variant(one: Stratum) -> str:
    """The blocks that were drawn, in words."""
    return (one.variant or "").replace("_", " ").replace("+", " + ")


def _plan(one: Stratum, count: int, told: Gallery) -> str:
    if not told.is_waiting:
        return f"{count} of {one.plan.lot:,}" if one.plan.lot > count else f"{count} message{'s' * (count != 1)}"
    return f"{count} of {one.plan.lot:,} · accepts {one.plan.accept or 'none'} bad"


def _card(told: Gallery, anchor: str, card: Card) -> Iterator[str]:
    one = card.stratum
    data = f'data-message="{escape(card.message_id)}" data-hash="{card.hash}" data-stratum="{escape(one.name)}"'
    chips = "".join(
        f'<span class="chip{" " + kind if kind else ""}">{escape(word)}</span>'
        for word, kind in (
            (one.channel, ""),
            (one.locale, ""),
            (f"{one.risk_class} risk", one.risk_class),
            *(((_variant(one), ""),) if one.variant else ()),
        )
    )
    yield f'<article id="{anchor}" {data}><div class="head"><h2>{escape(one.offer_id)}</h2>{chips}'
    yield '<span class="turn needs-script"><button data-key="k">Before<kbd>k</kbd></button>'
    yield '<button data-key="j">Next<kbd>j</kbd></button></span></div>'
    yield f'<div class="stage">{mockup(one.channel, card.said, sender=told.sender)}</div><div class="side">'
    if told.is_waiting:
        yield '<div class="panel judge needs-script"><button class="approve" data-key="a">Approve<kbd>a</kbd></button>'
        yield '<button class="reject" data-key="r">Reject<kbd>r</kbd></button>'
        yield '<textarea aria-label="Comment" placeholder="Comment (c): what is wrong, without names"></textarea></div>'
    yield from _why(told, card)
    yield from _checked(told, card)
    yield "</div></article>"


def _why(told: Gallery, card: Card) -> Iterator[str]:
    rows = [("Customer", card.customer_id)] if card.customer_id else []
    if "p" in card.factors:
        rows.append(("Likely to accept", f"{100 * card.factors['p']:.1f} %"))
    if "value_milli" in card.factors:
        rows.append(("Worth", money(round(card.factors["value_milli"] / 1_000), told.currency)))
    if "rank" in card.factors:
        rows.append(("Rank", str(card.factors["rank"])))
    if "price_point" in card.factors:
        rows.append(("Price", str(card.factors["price_point"])))
    rows += [
        (name, str(card.said[key]))
        for key, name in (("segments", "Parts"), ("encoding", "Encoding"))
        if key in card.said
    ]
    told_by = "".join(f"<dt>{escape(name)}</dt><dd>{escape(says)}</dd>" for name, says in rows)
    if card.why or rows:
        yield f'<div class="panel"><h3>Why this customer</h3><p>{escape(card.why)}</p><dl>{told_by}</dl></div>'
    if window(card.factors):
        yield f'<div class="panel"><h3>May be sent</h3><p>{window(card.factors)}</p></div>'
    link = str(card.said.get("link") or "")
    if link:
        yield f'<div class="panel"><h3>Leads to</h3><p>{escape(link)}</p></div>'


def _checked(told: Gallery, card: Card) -> Iterator[str]:
    own = [(name, says) for name, says, channels in told.checks if not channels or card.stratum.channel in channels]
    failed = {name: says for name, says in own if name in card.failed} | {
        name: "" for name in card.failed if name not in dict(own)
    }
    passed = [(name, says) for name, says in own if name not in failed]
    lines = [f'<li class="fails"><b>{escape(name)}</b> {escape(says)}</li>' for name, says in failed.items()]
    lines += [f"<li><b>{escape(name)}</b> {escape(says)}</li>" for name, says in passed]
    head = f"{len(failed)} checks withhold it" if failed else f"All {len(passed)} checks passed"
    kind = ' class="fails"' if failed else ""
    yield f'<div class="panel"><details{" open" if failed else ""}><summary{kind}>{head}</summary>'
    yield f"<ul>{''.join(lines)}</ul></details></div>"
