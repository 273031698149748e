"""Approvals: where each content stands, and how a person approves it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import yaml
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from persona.clock import AsOf, now
from persona.errors import ComplianceError, PolicyError
from persona.messages.approvals import Content, contents, is_author
from persona.messages.quorum import Standing, fault_of, quorums_of, standings
from persona.messages.signatures import public_key, signed
from persona.policy.approvers import Approver, is_same
from persona.policy.content import Approval
from persona.policy.policy import Policy
from persona.runs.workspace import loaded_policy

__all__ = ["FILE", "PASSPHRASE", "Approving", "Row", "approval_of", "approved", "day_of", "standing_of"]

FILE = "approvals.yaml"
APPROVERS = "rules/approvers.yaml"

PASSPHRASE = "PERSONA_KEY_PASSPHRASE"  # noqa: S105 - the name of an environment variable
"""The environment variable that opens a private key that is encrypted."""


@dataclass(frozen=True, slots=True)
class Approving:
    """How a person approves: who he is, in which role, for which languages, until when, with which key."""

    who: str
    role: str
    scope: tuple[str, ...] = ()
    days: int = 365
    on: str | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Content to be looked at: not approved, or not for long."""

    standing: Standing
    state: str
    """Why it may not be used, or ``expiring``."""

    @property
    def name(self) -> str:
        """What the command line calls it."""
        return self.standing.content.name

    @property
    def where(self) -> str:
        """The file, and the line of a rule."""
        return self.standing.content.where

    @property
    def until(self) -> str:
        """The day from which it may not be used any more; empty where it may not be used now."""
        return str(self.standing.until or "")

    @property
    def needed(self) -> str:
        """Who must act."""
        if self.standing.lacks:
            return "; ".join(map(str, self.standing.lacks))
        return ", ".join(sorted({one.who for one in self.standing.holding}))


def standing_of(root: Path, *, on: str | None = None) -> tuple[Row, ...]:
    """What is not approved on a day or ends soon, by kind and id; the day is today where none is given."""
    policy = loaded_policy(root)
    day = day_of(policy, on)
    soon = day + timedelta(days=policy.approvers.remind_days)
    rows = []
    for one in _standings(policy, contents(policy), day):
        if one.why is not None:
            rows.append(Row(one, one.why))
        elif one.until is not None and one.until <= soon:
            rows.append(Row(one, "expiring"))
    return tuple(rows)


def _standings(policy: Policy, needed: Sequence[Content], day: date) -> tuple[Standing, ...]:
    return standings(needed, policy.approvals.approvals, policy.approvers, day=day)


def approved(root: Path, names: Sequence[str], asked: Approving) -> tuple[Approval, ...]:
    """The approvals that were added to ``approvals.yaml``: of what is named as ``kind:id``, else of all that needs one.

    Raises: PolicyError for a name that nothing has, a person who is no approver, a key that cannot be read;
    ComplianceError where the approver wrote something that is named, or does not sign what must be signed.
    """
    policy = loaded_policy(root)
    day = day_of(policy, asked.on)
    chosen = _named(policy, names)
    if not asked.who or not asked.role:
        hint = "Give --who and --role."
        raise PolicyError("an approval needs a person and a role", where="persona approve", hint=hint)
    _refuse_author(asked.who, chosen)
    approver = _approver(policy, asked)
    key = None if asked.key is None else _key(asked.key, approver)
    chosen = _useful(policy, asked, chosen) if names else _foreign(policy, asked, day)
    _refuse_scope(asked, chosen)
    given = tuple(_approval(content, asked, day, key) for content in chosen)
    void = [one for one, it in zip(chosen, given, strict=True) if fault_of(one, it, policy.approvers)]
    if void:
        raise _unsigned(void, FILE)
    if given:
        _appended(policy.root / FILE, given)
    return given


def day_of(policy: Policy, on: str | None) -> date:
    """The day that is asked for, else today.

    Raises: PolicyError where it is no day.
    """
    try:
        return date.fromisoformat(on) if on else AsOf(now(), policy.workspace.zone).day
    except ValueError as error:
        raise PolicyError("is no day such as 2026-07-01", where="--on") from error


def _named(policy: Policy, names: Sequence[str]) -> list[Content]:
    known = {content.name: content for content in contents(policy)}
    for name in names:
        if name not in known:
            raise PolicyError.unknown("content", name, known, where="persona approve")
    return [known[name] for name in dict.fromkeys(names)]


def approval_of(policy: Policy, content: Content, asked: Approving) -> Approval:
    """The approval of something by a person, signed where he gives his key; nothing is written.

    Raises: PolicyError for a person who is no approver, a role that does not count, a key that cannot be read;
    ComplianceError where it must be signed and is not, or the key is another's.
    """
    approver = _approver(policy, asked)
    (chosen,) = _useful(policy, asked, [content])
    key = None if asked.key is None else _key(asked.key, approver)
    given = _approval(chosen, asked, day_of(policy, asked.on), key)
    if fault_of(content, given, policy.approvers):
        raise _unsigned([content], content.where)
    return given


def _unsigned(void: Sequence[Content], where: str) -> ComplianceError:
    hint = f"Give --key FILE; risk classes without signatures stand in {APPROVERS} under `unsigned`."
    names = ", ".join(one.name for one in void)
    return ComplianceError(f"an approval of {names} must be signed", where=where, hint=hint)


def _refuse_author(who: str, chosen: Sequence[Content]) -> None:
    own = [content.name for content in chosen if is_author(who, content)]
    if own:
        hint = "Somebody else must approve it."
        raise ComplianceError(f"{who} is the author of {', '.join(own)}", where=FILE, hint=hint)


def _approver(policy: Policy, asked: Approving) -> Approver:
    found = policy.approvers.find(asked.who)
    if found is None:
        raise PolicyError.unknown(
            "approver", asked.who, [one.who for one in policy.approvers.approvers], where=APPROVERS
        )
    if asked.role not in found.roles:
        hint = f"{found.who} approves as {', '.join(found.roles)}."
        raise PolicyError(f"{found.who} is no approver as {asked.role!r}", where=APPROVERS, hint=hint)
    return found


def _key(path: Path, approver: Approver) -> Ed25519PrivateKey:
    """The private key in a file, which is the one registered for the approver."""
    hint = "Make one with `openssl genpkey -algorithm ed25519 -out FILE`."
    word = os.environ.get(PASSPHRASE)
    try:
        key = load_pem_private_key(path.read_bytes(), word.encode() if word else None)
    except OSError as error:
        raise PolicyError(error.strerror or "cannot be read", where=str(path), hint=hint) from error
    except TypeError as error:
        told = f"Its passphrase is read from {PASSPHRASE}; without one that variable is not set."
        raise PolicyError("the key does not open", where=str(path), hint=told) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PolicyError(
            "is no private key in PEM, or its passphrase is another", where=str(path), hint=hint
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise PolicyError("is no Ed25519 key", where=str(path), hint=hint)
    if public_key(key) != approver.key:
        what = f"the key in {path} is not the one registered for {approver.who}"
        told = f"Somebody who may change {APPROVERS} writes there for {approver.who}: `key: {public_key(key)}`."
        raise ComplianceError(what, where=APPROVERS, hint=told)
    return key


def _useful(policy: Policy, asked: Approving, chosen: Sequence[Content]) -> list[Content]:
    """What is named, where an approval in the role counts for all of it."""
    for content in chosen:
        roles = {role for quorum in quorums_of(content, policy.approvers) for role in quorum.roles}
        if asked.role not in roles:
            hint = f"Approvals as {', '.join(sorted(roles))} count."
            raise PolicyError(f"{content.name} needs no approval as {asked.role!r}", where=APPROVERS, hint=hint)
    return list(chosen)


def _foreign(policy: Policy, asked: Approving, day: date) -> list[Content]:
    """All that needs an approval in the role, and was neither written nor approved by the approver."""
    found = _standings(policy, contents(policy), day)
    return [
        one.content
        for one in found
        if any(asked.role in lack.roles and any(is_same(asked.who, it) for it in lack.persons) for lack in one.lacks)
    ]


def _refuse_scope(asked: Approving, chosen: Sequence[Content]) -> None:
    for content in chosen:
        for language in asked.scope:
            if language not in content.languages:
                hint = f"It speaks {', '.join(content.languages)}." if content.languages else "Leave --scope out."
                raise PolicyError(f"{content.name} has no text in {language!r}", where="--scope", hint=hint)


def _approval(content: Content, asked: Approving, day: date, key: Ed25519PrivateKey | None) -> Approval:
    given = Approval(
        kind=content.kind,
        id=content.id,
        hash=content.hash,
        who=asked.who.strip(),
        role=asked.role,
        scope=asked.scope,
        given_on=day,
        expires=day + timedelta(days=asked.days),
    )
    return given if key is None else signed(given, key)


def _appended(path: Path, given: Sequence[Approval]) -> None:
    """Add the approvals at the end of the file, which appears whole or not at all."""
    there = path.read_text(encoding="utf-8") if path.is_file() else "approvals:\n"
    head = there if there.rstrip() != "approvals: []" else "approvals:\n"
    margin = "  " if _is_indented(head) else ""
    body = "".join(f"{margin}- {_in_one_line(one)}\n" for one in given)
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(head.rstrip("\n") + "\n" + body, encoding="utf-8")
    aside.replace(path)
    os.sync()


def _in_one_line(approval: Approval) -> str:
    row = approval.model_dump(mode="json", exclude_defaults=True)
    said = {name: value if isinstance(value, list) else str(value) for name, value in row.items()}
    return yaml.safe_dump(said, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000).strip()


def _is_indented(head: str) -> bool:
    """Whether the list in the file is indented below its key."""
    first = next((line for line in head.splitlines() if line.lstrip().startswith("- ")), "- ")
    return first.startswith(" ")
