"""Links: what the programs of readers make one, each of which leads to the bank's own hosts or to its own app."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import polars as pl

from persona.checks.given import Given
from persona.checks.texts import unescaped
from persona.policy.workspace import Sender

__all__ = ["leads_elsewhere"]

_PLAIN = ("subject", "preheader", "title", "text", "body", "link")
_HINTS = ["www.", "javascript:", "vbscript:", "data:"]
_OTHER = r"(?i)(?:^|[^/.\w\-])www\.|(?:java|vb)script:|\bdata:[a-z]+/"
_MISSHAPEN = r"(?i)(?:https?|ftp):(?:[A-Za-z0-9\u{c0}-\u{24f}\\]|/(?:[^/]|$)|[\t\r\n]+[/\\])"
"""Browsers go to ``https:\\host``, ``https:/host`` and ``https:host`` as well (WHATWG URL, 4.4)."""
_NO_SCHEME = r"(?i)(?:[\s\"'](?:href|src|srcset|background|poster|action)\s*=|url\()\s*[\"']?\s*[/\\]"
_WITH_SCHEME = r"[A-Za-z+.-]*://[^\s\"'<>]*"
_TO_PATH = r"(?:[/\\]|[?#][A-Za-z0-9_])"
_TOP = r"(?:xn--[A-Za-z0-9-]+|ǯ|[A-Za-z\u{c0}-\u{24f}\u{370}-\u{58f}]{2,24})"
"""The last part of a host; ``ǯ`` is what a specimen has in the place of a short word."""
_LONE = rf"[^\s.]\.{_TOP}(?::[0-9]+)?{_TO_PATH}"
"""The end of a host and the beginning of its path; a name such as Booking.com has no path."""
_SHARE = r"\\\\[A-Za-z0-9]"


def leads_elsewhere(given: Given) -> pl.Expr:
    """Whether a text has a link that is not https to one of the bank's hosts, or to its own app.

    Every ``://`` is one of theirs; so is every host with a path, which is made a link where it has no scheme as well.
    """
    hosts = _hosts(given.sender)
    allowed = _own(given.sender, hosts)
    html = unescaped(pl.col("html"), others=pl.col("html"))
    tests = [_is_stray(text, allowed).fill_null(False) for text in (*map(pl.col, _PLAIN), html)]
    is_relative = pl.col("link").is_not_null() & ~pl.col("link").str.contains(f"^(?:{allowed})$")
    return pl.any_horizontal(*tests, html.str.contains(_NO_SCHEME).fill_null(False), is_relative, _is_lone(hosts))


def _hosts(sender: Sender) -> str:
    """The pattern of the bank's hosts, in the small letters that they are written in."""
    hosts = {urlsplit(sender.privacy_url).hostname or "", urlsplit(sender.unsubscribe_url).hostname or ""}
    hosts |= {link for link in sender.links if "://" not in link}
    return "|".join(re.escape(host) for host in sorted(hosts) if host)


def _own(sender: Sender, hosts: str) -> str:
    """The pattern of an address of the bank."""
    apps = [rf"{re.escape(app)}[^\s\"'<>]*" for app in sorted(link for link in sender.links if "://" in link)]
    web = rf"https://(?:{hosts})(?:[/?#][^\s\"'<>]*|[.,;:!?)]*(?:[\s\"'<>]|$))"
    return "|".join([web, r"http://www\.w3\.org/[^\s\"'<>]*", *apps])


def _is_stray(text: pl.Expr, allowed: str) -> pl.Expr:
    is_stray = text.str.count_matches("://", literal=True) != text.str.count_matches(allowed)
    may_be = text.str.contains_any(_HINTS, ascii_case_insensitive=True)
    is_other = pl.when(may_be).then(text).str.contains(_OTHER).fill_null(False)
    return is_stray | is_other | text.str.contains(_MISSHAPEN)


def _is_lone(hosts: str) -> pl.Expr:
    """Whether the words have a host with a path that is not the bank's, or the name of a share, without a scheme."""
    own = rf"(?i)(?:^|[^A-Za-z0-9_.@\u{{c0}}-\u{{24f}}\u{{370}}-\u{{58f}}-])(?:{hosts}){_TO_PATH}"
    words = pl.when(pl.col("said").str.contains(_LONE)).then("said").str.replace_all(_WITH_SCHEME, " ")
    is_lone = words.str.count_matches(_LONE) != words.str.count_matches(own)
    return is_lone.fill_null(False) | pl.col("said").str.contains(_SHARE).fill_null(False)
