"""Signatures of approvals: whoever edits ``approvals.yaml`` cannot make one.

Source: RFC 8032 (Ed25519). What is signed is the record as canonical JSON behind a line of its own, so that a signature
of something else is never taken for one.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from persona.policy.content import Approval

__all__ = ["is_signed_by", "public_key", "signed"]

_DOMAIN = "persona approval 1\n"
_PREFIX = "ed25519:"


def _said(approval: Approval) -> bytes:
    """What is signed of an approval: all that it says but the signature."""
    said = approval.model_dump(mode="json", exclude={"signature"})
    return (_DOMAIN + json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)).encode()


def signed(approval: Approval, key: Ed25519PrivateKey) -> Approval:
    """The approval with its signature."""
    signature = b64encode(key.sign(_said(approval))).decode()
    return approval.model_copy(update={"signature": signature})


def is_signed_by(approval: Approval, key: str) -> bool:
    """Whether an approval was signed, just as it is, with the key of which the public part is given."""
    if approval.signature is None:
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(b64decode(key.removeprefix(_PREFIX), validate=True))
        public.verify(b64decode(approval.signature, validate=True), _said(approval))
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key(key: Ed25519PrivateKey) -> str:
    """The public part of a key, as ``rules/approvers.yaml`` has it."""
    return _PREFIX + b64encode(key.public_key().public_bytes_raw()).decode()
