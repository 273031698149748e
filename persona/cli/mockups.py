"""Messages as they will look: a mail in both widths, a phone, a letter, a screen; as HTML without scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

__all__ = ["mockup"]

Said = Mapping[str, Any]


def mockup(channel: str, said: Said, *, sender: str) -> str:
    """A message as it will look on its channel; one that is not known is shown text by text."""
    return _LOOKS.get(channel, _script)(said, sender)


def _text(said: Said, name: str) -> str:
    return escape(str(said.get(name) or ""))


def _email(said: Said, sender: str) -> str:
    subject, preheader = _text(said, "subject"), _text(said, "preheader")
    frame = '<iframe sandbox="allow-same-origin" loading="lazy" title="{}"{}></iframe>'
    html = f' srcdoc="{escape(str(said.get("html") or ""))}"'
    return (
        f'<div class="device window"><div class="mail"><span>{escape(sender)}</span><b>{subject}</b>'
        f"<span>{preheader}</span></div>{frame.format('The mail on a desk', html)}</div>"
        f'<div class="device phone needs-script">{_NOTCH}<div class="inbox"><b>{subject}</b><span>{preheader}</span>'
        f"</div>{frame.format('The mail on a phone', '')}</div>"
        f'<details class="plain"><summary>As plain text</summary><pre>{_text(said, "text")}</pre></details>'
    )


_NOTCH = '<div class="notch"><span>9:41</span><span>100 %</span></div>'


def _sms(said: Said, sender: str) -> str:
    return (
        f'<div class="device phone sms">{_NOTCH}<div class="screen"><div class="who"><span class="face">'
        f'{escape(sender[:1])}</span>{escape(sender)}</div><div class="bubble">{_text(said, "body")}</div></div></div>'
    )


def _push(said: Said, sender: str) -> str:
    return (
        f'<div class="device phone push">{_NOTCH}<div class="screen"><div class="clock">9:41</div>'
        f'<div class="note"><span class="icon">{escape(sender[:1])}</span><small>{escape(sender)}</small>'
        f"<b>{_text(said, 'title')}</b><p>{_text(said, 'body')}</p></div></div></div>"
    )


def _inapp(said: Said, sender: str) -> str:
    link = '<span class="go">Open</span>' if said.get("link") else ""
    return (
        f'<div class="device phone app">{_NOTCH}<div class="screen"><div class="top">{escape(sender)}</div>'
        f'<div class="ghost"></div><div class="offer"><h4>{_text(said, "title")}</h4><p>{_text(said, "body")}</p>{link}'
        '</div><div class="ghost"></div></div></div>'
    )


_ADDRESS = ("addressee", "address", "address2", "address3", "address4")


def _letter(said: Said, sender: str) -> str:
    town = " ".join(filter(None, (_text(said, "postcode"), _text(said, "city"))))
    to = "\n".join(filter(None, (*(_text(said, name) for name in _ADDRESS), town, _text(said, "country"))))
    return (
        f'<div class="device letter"><div class="from">{escape(sender)}</div><div class="to">{to}</div>'
        f"<b>{_text(said, 'subject')}</b>{_text(said, 'text') or _text(said, 'body')}</div>"
    )


def _atm(said: Said, _: str) -> str:
    keys = "<i></i><i></i><i></i>"
    return (
        f'<div class="device atm"><div class="keys left">{keys}</div><div class="glass"><h4>{_text(said, "title")}</h4>'
        f'<p>{_text(said, "body")}</p></div><div class="keys right">{keys}</div></div>'
    )


def _script(said: Said, _: str) -> str:
    """What people read out or keep beside them."""
    lines = [f"<p>{_text(said, name)}</p>" for name in ("subject", "body", "text") if said.get(name)]
    reasons = "".join(f"<li>{escape(str(one))}</li>" for one in said.get("reasons") or ())
    why = f"<ul>{reasons}</ul>" if reasons else ""
    return f'<div class="device script"><h4>{_text(said, "title")}</h4>{"".join(lines)}{why}</div>'


_LOOKS: Mapping[str, Callable[[Said, str], str]] = {
    "email": _email,
    "sms": _sms,
    "push": _push,
    "inapp": _inapp,
    "letter": _letter,
    "atm": _atm,
}
