"""The master key of the vault: from the environment, a command, or a file that only its owner may read."""

from __future__ import annotations

import binascii
import os
import secrets
import subprocess
from base64 import b64decode
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from persona.errors import PolicyError
from persona.policy.workspace import VaultKey
from persona.store.durable import write_file

__all__ = ["KEY_BYTES", "NEW", "derived", "fresh_key", "master_key", "new_key", "place_of"]

KEY_BYTES = 32
NEW = "_NEW"
"""After the name of the environment variable: the key that a rotation changes to. A file's is ``<file>.new``."""

_PATIENCE_S = 60
"""How long a command may take to print the key: someone may have to touch a token first."""


def master_key(rule: VaultKey, root: Path, *, is_new: bool, is_dry: bool = False) -> bytes:
    """The master key, 32 bytes; where there is neither key nor vault yet, a new one, kept in the rule's file.

    Raises: PolicyError when the key is missing although there is a vault, or in a dry run, which makes none; when it is
    no key, or can be read by others.
    """
    said = os.environ.get(rule.env)
    if said:
        return _read(said, where=f"environment variable {rule.env}")
    if rule.command:
        return _printed(rule.command)
    path = root / rule.file
    if path.exists():
        return _kept(path, rule.file)
    if not is_new:
        raise PolicyError(
            "the key of the vault is missing",
            where=rule.file,
            hint=f"Put the file back, or give the key in the environment variable {rule.env}. Without it the contact "
            "data in state/vault.sqlite cannot be read; nothing was changed.",
        )
    if is_dry:
        raise PolicyError(
            "there is no key for the vault yet",
            where=rule.file,
            hint="A dry run writes nothing outside state/, so it makes no key: run `persona load` first, or give the "
            f"key in the environment variable {rule.env}.",
        )
    return fresh_key(path)


def new_key(rule: VaultKey, root: Path) -> bytes | None:
    """The key that a rotation changes to, where one is given: ``<env>_NEW``, else ``<file>.new``; None: none is.

    Raises: PolicyError when it is no key, or can be read by others.
    """
    said = os.environ.get(rule.env + NEW)
    if said:
        return _read(said, where=f"environment variable {rule.env}{NEW}")
    path = root / f"{rule.file}.new"
    return _kept(path, path.name) if path.exists() else None


def fresh_key(path: Path) -> bytes:
    """A random key, kept in a file that only its owner may read."""
    key = secrets.token_bytes(KEY_BYTES)
    write_file(path, f"{key.hex()}\n".encode(), mode=0o600)
    return key


def place_of(rule: VaultKey) -> str:
    """Where the master key in use comes from, in words."""
    if os.environ.get(rule.env):
        return f"environment variable {rule.env}"
    return f"command {rule.command[0]}" if rule.command else rule.file


def derived(key: bytes, purpose: str) -> bytes:
    """A key of its own for a purpose, 32 bytes.

    Source: HKDF with SHA-256, RFC 5869.
    """
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"persona {purpose}".encode()).derive(key)


def _kept(path: Path, where: str) -> bytes:
    if path.stat().st_mode & 0o077:
        raise PolicyError("can be read by others", where=where, hint=f"Run `chmod 600 {where}`.")
    return _read(path.read_text("ascii", "replace"), where=where)


def _printed(command: tuple[str, ...]) -> bytes:
    """The key that a command prints; neither its output nor its complaints are shown, since they may hold the key."""
    where = f"persona.yaml: vault.command ({command[0]})"
    try:
        ended = subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=False)  # noqa: S603 - the operator's own
    except (OSError, subprocess.TimeoutExpired) as error:
        why = "took too long" if isinstance(error, subprocess.TimeoutExpired) else "cannot be run"
        raise PolicyError(f"the command for the vault's key {why}", where=where, hint=_RUN_IT) from None
    if ended.returncode:
        raise PolicyError(
            f"the command for the vault's key ended with exit code {ended.returncode}", where=where, hint=_RUN_IT
        )
    return _read(ended.stdout.decode("ascii", "replace"), where=where)


_RUN_IT = "Run it by hand as the same user; nothing was changed."


def _read(text: str, *, where: str) -> bytes:
    word = text.strip()
    try:
        key = bytes.fromhex(word) if len(word) == 2 * KEY_BYTES else b64decode(word, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise PolicyError("does not hold a key", where=where, hint="A key is 32 bytes, in hexadecimal or in base64.")
    return key
