"""The master key of the vault: from the environment, else from a file that only its owner may read."""

from __future__ import annotations

import binascii
import os
import secrets
from base64 import b64decode
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from persona.errors import PolicyError
from persona.policy.workspace import VaultKey
from persona.store.durable import write_file

__all__ = ["KEY_BYTES", "derived", "master_key"]

KEY_BYTES = 32


def master_key(rule: VaultKey, root: Path, *, is_new: bool) -> bytes:
    """The master key, 32 bytes; where there is neither key nor vault yet, a new one, kept in the rule's file.

    Raises: PolicyError when the key is missing although there is a vault, is no key, or can be read by others.
    """
    said = os.environ.get(rule.env)
    path = root / rule.file
    if said:
        return _read(said, where=f"environment variable {rule.env}")
    if path.exists():
        if path.stat().st_mode & 0o077:
            raise PolicyError("can be read by others", where=rule.file, hint=f"Run `chmod 600 {rule.file}`.")
        return _read(path.read_text("ascii", "replace"), where=rule.file)
    if not is_new:
        raise PolicyError(
            "the key of the vault is missing",
            where=rule.file,
            hint=f"Put the file back, or give the key in the environment variable {rule.env}. Without it the contact "
            "data in state/vault.sqlite cannot be read; nothing was changed.",
        )
    fresh = secrets.token_bytes(KEY_BYTES)
    write_file(path, f"{fresh.hex()}\n".encode(), mode=0o600)
    return fresh


def derived(key: bytes, purpose: str) -> bytes:
    """A key of its own for a purpose, 32 bytes.

    Source: HKDF with SHA-256, RFC 5869.
    """
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"persona {purpose}".encode()).derive(key)


def _read(text: str, *, where: str) -> bytes:
    word = text.strip()
    try:
        key = bytes.fromhex(word) if len(word) == 2 * KEY_BYTES else b64decode(word, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise PolicyError("does not hold a key", where=where, hint="A key is 32 bytes, in hexadecimal or in base64.")
    return key
