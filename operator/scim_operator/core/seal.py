"""Keyed digests: what the operator writes where others may write too, and believes only when it wrote it itself.

A status can be written by more people than the operator. So an id, a tombstone or a ledger that is read back counts as
remembered only with a proof that nobody makes without the operator's key. The same key hides values of which a plain
digest could be guessed (promise S7).
"""

from __future__ import annotations

import base64
import hmac

PROOF = 22
"""Characters of a proof: sixteen bytes of HMAC-SHA256, base64url without padding."""


class Seal:
    """Makes and checks proofs with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def take(self, key: bytes) -> None:
        """Use this key from now on, as soon as it is known; nothing may have been proved before."""
        self._key = key

    def of(self, purpose: str, *parts: str) -> str:
        """The proof of `parts`, in their order. `purpose` keeps proofs of one sort from passing as another's."""
        # Each length goes before its text, so that no two lists of parts read the same.
        texts = [text.encode("utf-8", "surrogatepass") for text in (purpose, *parts)]
        message = b"".join(len(text).to_bytes(8, "big") + text for text in texts)
        digest = hmac.digest(self._key, message, "sha256")
        return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")

    def proves(self, proof: str, purpose: str, *parts: str) -> bool:
        """Whether `proof` was made of these by whoever holds the key."""
        return hmac.compare_digest(proof.encode("utf-8", "surrogatepass"), self.of(purpose, *parts).encode())
