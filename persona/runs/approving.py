"""Approvals: what lacks one, and how a person gives it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import yaml

from persona.clock import AsOf, now
from persona.errors import ComplianceError, PolicyError
from persona.messages.approvals import Content, Missing, contents, is_author, missing
from persona.policy.content import Approval
from persona.policy.policy import Policy
from persona.runs.workspace import loaded_policy

__all__ = ["approved", "lacking"]

FILE = "approvals.yaml"


def lacking(root: Path, *, on: str | None = None) -> tuple[Missing, ...]:
    """What has no approval that holds on a day, today where none is given; by kind and id."""
    policy = loaded_policy(root)
    return missing(contents(policy), policy.approvals.approvals, day=_day(policy, on))


def approved(
    root: Path, names: Sequence[str], *, who: str, role: str, days: int, on: str | None
) -> tuple[Approval, ...]:
    """The approvals that were added to ``approvals.yaml``: of what is named as ``kind:id``, else of all that lacks one.

    Raises: PolicyError for a name that nothing has; ComplianceError where the approver wrote something that is named.
    """
    policy = loaded_policy(root)
    day = _day(policy, on)
    if not who or not role:
        hint = "Give --who and --role."
        raise PolicyError("an approval needs a person and a role", where="persona approve", hint=hint)
    chosen = _named(policy, names) if names else _foreign(policy, day, who)
    own = [content for content in chosen if is_author(who, content)]
    if own:
        listed = ", ".join(f"{content.kind}:{content.id}" for content in own)
        raise ComplianceError(f"{who} is the author of {listed}", where=FILE, hint="Somebody else must approve it.")
    given = tuple(_approval(content, who, role, day, days) for content in chosen)
    if given:
        _appended(policy.root / FILE, given)
    return given


def _day(policy: Policy, on: str | None) -> date:
    try:
        return date.fromisoformat(on) if on else AsOf(now(), policy.workspace.zone).day
    except ValueError as error:
        raise PolicyError("is no day such as 2026-07-01", where="--on") from error


def _named(policy: Policy, names: Sequence[str]) -> list[Content]:
    known = {f"{content.kind}:{content.id}": content for content in contents(policy)}
    for name in names:
        if name not in known:
            raise PolicyError.unknown("content", name, known, where="persona approve")
    return [known[name] for name in names]


def _foreign(policy: Policy, day: date, who: str) -> list[Content]:
    """All that lacks an approval and was not written by the approver."""
    found = missing(contents(policy), policy.approvals.approvals, day=day)
    return [one.content for one in found if not is_author(who, one.content)]


def _approval(content: Content, who: str, role: str, day: date, days: int) -> Approval:
    return Approval(
        kind=content.kind,
        id=content.id,
        hash=content.hash,
        who=who,
        role=role,
        given_on=day,
        expires=day + timedelta(days=days),
    )


def _appended(path: Path, given: Sequence[Approval]) -> None:
    """Add the approvals at the end of the file, which appears whole or not at all."""
    there = path.read_text(encoding="utf-8") if path.is_file() else "approvals:\n"
    head = there if there.rstrip() != "approvals: []" else "approvals:\n"
    rows = [{k: str(v) for k, v in one.model_dump(mode="json").items()} for one in given]
    margin = "  " if _is_indented(head) else ""
    body = "".join(f"{margin}- {_in_one_line(row)}\n" for row in rows)
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(head.rstrip("\n") + "\n" + body, encoding="utf-8")
    aside.replace(path)
    os.sync()


def _in_one_line(row: dict[str, str]) -> str:
    return yaml.safe_dump(row, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000).strip()


def _is_indented(head: str) -> bool:
    """Whether the list in the file is indented below its key."""
    first = next((line for line in head.splitlines() if line.lstrip().startswith("- ")), "- ")
    return first.startswith(" ")
