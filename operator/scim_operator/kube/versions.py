"""Resource versions, compared. Kubernetes guarantees since 1.35 (KEP-5504) that those of one resource are integers."""

from __future__ import annotations


def is_newer(version: str, than: str) -> bool:
    """Return whether `version` is later; one that is no integer counts as later than any other, never as equal."""
    if version == than:
        return False
    return int(version) > int(than) if version.isdigit() and than.isdigit() else True
