"""What keeps a release from being made."""

from __future__ import annotations


class ReleaseError(Exception):
    """A release that cannot be made; the message says what to do."""
