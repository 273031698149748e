"""A workspace as it is opened: its policy checked, its instant settled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from persona.channels.profile import lint as deliveries
from persona.channels.sealed import faults as recipients
from persona.clock import AsOf, now
from persona.errors import PolicyError
from persona.messages.lint import lint as texts
from persona.policy.lint import LINTS
from persona.policy.policy import Policy
from persona.policy.setting import found, with_value
from persona.sources.lint import lint as sources

__all__ = ["as_of_rule", "loaded_policy", "other_policy", "policy_with", "this_moment"]


def loaded_policy(root: Path) -> Policy:
    """The workspace's policy, lint and all.

    Raises: PolicyErrors with all that is wrong in all files.
    """
    return Policy.load(root.resolve(), lints=_LINTS)


def other_policy(root: Path, rules: Path) -> Policy:
    """The policy of another workspace, or of a folder of rules, which takes all else from the workspace at ``root``.

    Raises: PolicyErrors with all that is wrong in it; PolicyError where the folder holds no rules.
    """
    home = rules.resolve()
    if not (home / "rules").is_dir() and home.name == "rules":
        home = home.parent
    if not (home / "rules").is_dir():
        hint = "Give a folder named rules, or one that holds it, such as another checkout of the bank."
        raise PolicyError("holds no rules", where=str(rules), hint=hint)
    return Policy.load(home, lints=_LINTS, beside=root.resolve())


def policy_with(policy: Policy, settings: Iterable[str]) -> Policy:
    """The policy with values set in memory, each as ``PATH=VALUE``; no file is written.

    Raises: PolicyErrors where a path is not known, a value does not fit, or the policy no longer holds together.
    """
    for setting in settings:
        path, is_set, value = setting.partition("=")
        where = f"--set {path.strip()}"
        if not is_set:
            raise PolicyError("says no value", where=where, hint="Write it as constraints.sms_budget.max=300.")
        place = found(policy.models, path.strip(), where=where)
        after = with_value(place, value.strip(), where=where)
        policy = policy.with_file(place.kind, place.model, after, lints=_LINTS)
    return policy


def _sources(policy: Policy) -> Iterable[PolicyError]:
    """What is wrong with the sources before any file is opened; a tree that cannot be read may still be there."""
    return sources(policy.sources, has_categories=policy.categories is not None or policy.unread.has("categories"))


def _deliveries(policy: Policy) -> Iterable[PolicyError]:
    workspace = policy.workspace
    keys = workspace.archive.recipients if workspace.archive else ()
    return (*deliveries(policy.delivery), *recipients(workspace, "archive", keys))


_LINTS = (*LINTS, _sources, texts, _deliveries)


def as_of_rule(policy: Policy, asked: str | None, *, newest_delivery: date | None) -> AsOf:
    """The instant that a run looks back from: the one asked for, else by the rule of ``persona.yaml``.

    Raises: PolicyError when what was asked for is no date or instant, or when the rule needs a delivery and there is
    none.
    """
    zone, rule = policy.workspace.zone, policy.workspace.as_of
    if asked is not None:
        return _parsed(asked, zone)
    if rule == "latest_delivery":
        if newest_delivery is None:
            hint = "Run `persona load` first, or give --as-of."
            raise PolicyError("nothing was delivered yet", where="persona.yaml: as_of", hint=hint)
        return AsOf.at_start_of(newest_delivery + timedelta(days=1), zone)
    if isinstance(rule, date):
        return AsOf.at_start_of(rule, zone)
    return AsOf.at_start_of(AsOf(now(), zone).day, zone)


def this_moment(policy: Policy, asked: str | None, *, newest_delivery: date | None) -> AsOf:
    """The instant of something that is done now: the one asked for, else now; else by the rule of ``persona.yaml``.

    Raises: PolicyError as ``as_of_rule``.
    """
    if asked is None and policy.workspace.as_of == "yesterday":
        return AsOf(now(), policy.workspace.zone)
    return as_of_rule(policy, asked, newest_delivery=newest_delivery)


def _parsed(asked: str, zone: str) -> AsOf:
    try:
        return AsOf.parsed(asked, zone)
    except ValueError as error:
        hint = "Write a day such as 2026-07-01, or an instant such as 2026-07-01T06:00+02:00."
        raise PolicyError("is no day and no instant", where="--as-of", hint=hint) from error
