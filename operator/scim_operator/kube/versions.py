"""Resource versions, compared. Kubernetes guarantees since 1.35 (KEP-5504) that those of one resource are integers."""

from __future__ import annotations


def is_newer(version: str, than: str) -> bool:
    """Whether `version` is later; a version that is no integer is taken for later than any other, never for equal."""
    if version == than:
        return False
    return int(version) > int(than) if version.isdigit() and than.isdigit() else True
