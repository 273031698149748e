"""Delivery files that only a recipient can read: age, to the vendor's keys and to the workspace's own.

The workspace's key follows from its vault, so that an erasure can still take one person's rows out of a file.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import pyrage

from persona.channels.disk import Sink, guarded
from persona.errors import PolicyError, WriteError
from persona.policy.model import FileModel

__all__ = ["SUFFIX", "Seal", "faults"]

SUFFIX = ".age"
"""What the name of an encrypted file ends with."""

_SECRET = "AGE-SECRET-KEY-"  # noqa: S105 - how such a key begins, not one
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_PIECE = 1 << 20


def faults(model: FileModel, key: str, recipients: Sequence[str]) -> Iterator[PolicyError]:
    """What is wrong with the recipients that a file names, each with its line; no key that may be secret is told."""
    for number, text in enumerate(recipients):
        where = str(model.place_of(key, "recipients", number))
        if text.upper().startswith(_SECRET):
            hint = "Put the public key there, age1...; whoever has this file can read what was sent: make a new key."
            yield PolicyError("a recipient is a secret key", where=where, hint=hint)
            continue
        try:
            pyrage.x25519.Recipient.from_str(text)
        except pyrage.RecipientError:
            hint = "A public key as age-keygen prints it: age1 and 58 letters and digits, one an entry."
            yield PolicyError("a recipient is no age public key", where=where, hint=hint)


@dataclass(frozen=True, slots=True)
class Seal:
    """The workspace's part in encrypted files."""

    secret: bytes
    """A key of the vault's, of 32 bytes."""

    def write(self, sink: Sink, pieces: Iterable[bytes], *, to: Sequence[str]) -> str:
        """Write the pieces encrypted, a piece at a time, and say the keyed hash of what they are in clear.

        Raises: OSError of the disk; WriteError.
        """
        source = _Clear(pieces, self._derived("contents"))
        readers = [*map(pyrage.x25519.Recipient.from_str, to), self._identity().to_public()]
        try:
            pyrage.encrypt_io(source, sink, readers)
        except pyrage.EncryptError:
            # Its text quotes the fault below it, and that may quote a row.
            raise source.fault or sink.fault or WriteError("could not be encrypted") from None
        return source.digest()

    def clear(self, path: Path) -> bytes:
        """What an encrypted file says.

        Raises: WriteError where the workspace's key does not open it.
        """
        with guarded(path):
            sealed = path.read_bytes()
        try:
            return bytes(pyrage.decrypt(sealed, [self._identity()]))
        except pyrage.DecryptError:
            hint = "It was changed, or encrypted by another workspace: take it away."
            raise WriteError("cannot be decrypted", where=str(path), hint=hint) from None

    def digest(self, payload: bytes) -> str:
        """The keyed hash of a file in clear."""
        return hmac.new(self._derived("contents"), payload, sha256).hexdigest()

    def _derived(self, purpose: str) -> bytes:
        return blake2b(purpose.encode(), key=self.secret, digest_size=32).digest()

    def _identity(self) -> Any:  # noqa: ANN401 - the library has no types
        return pyrage.x25519.Identity.from_str(_bech32(_SECRET.lower(), self._derived("identity")).upper())


class _Clear:
    """Pieces as a file to read from, hashed under a key while they pass."""

    def __init__(self, pieces: Iterable[bytes], key: bytes) -> None:
        self._pieces, self._left = iter(pieces), memoryview(b"")
        self._hashed = hmac.new(key, digestmod=sha256)
        self.fault: BaseException | None = None

    def read(self, size: int = _PIECE) -> bytes:
        try:
            while not self._left:
                piece = next(self._pieces, None)
                if piece is None:
                    return b""
                self._hashed.update(piece)
                self._left = memoryview(piece)
        except BaseException as error:
            self.fault = error
            raise
        taken, self._left = self._left[:size], self._left[size:]
        return bytes(taken)

    def digest(self) -> str:
        return self._hashed.hexdigest()


def _bech32(prefix: str, payload: bytes) -> str:
    """Bytes as checked text. Source: BIP 173, Bech32."""
    bits = int.from_bytes(payload, "big") << (-len(payload) * 8 % 5)
    count = -(-len(payload) * 8 // 5)
    fives = [bits >> 5 * place & 31 for place in reversed(range(count))]
    spread = [*(ord(letter) >> 5 for letter in prefix), 0, *(ord(letter) & 31 for letter in prefix)]
    rest = _remainder([*spread, *fives, *[0] * 6]) ^ 1
    check = [rest >> 5 * place & 31 for place in reversed(range(6))]
    return f"{prefix}1{''.join(_BECH32[five] for five in (*fives, *check))}"


def _remainder(fives: Iterable[int]) -> int:
    rest = 1
    for five in fives:
        top = rest >> 25
        rest = (rest & 0x1FFFFFF) << 5 ^ five
        for place, factor in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            rest ^= factor if top >> place & 1 else 0
    return rest
