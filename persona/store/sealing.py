"""AES-GCM as the vault uses it: a random nonce before each blob, and every blob bound to whom it is about."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["decrypted", "encrypted"]

_NONCE = 12


def encrypted(key: bytes, clear: bytes, bound_to: bytes) -> bytes:
    """The bytes, encrypted under a key; they open only with the same ``bound_to``.

    Source: NIST SP 800-38D, random 96-bit nonces.
    """
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, clear, bound_to)


def decrypted(key: bytes, blob: bytes, bound_to: bytes) -> bytes | None:
    """The bytes that were encrypted; None where the key or ``bound_to`` is another, or the blob was changed."""
    try:
        return AESGCM(key).decrypt(blob[:_NONCE], blob[_NONCE:], bound_to)
    except InvalidTag:
        return None
