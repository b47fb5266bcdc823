"""Passes for reading the provisioning log of one namespace: who may read them there may read the log (ADR 0047).

The operator writes the pass of a namespace into a Lease there, which RBAC guards. Who read it never sends it: they send
a proof, made of the pass for one pod. So a pod that only pretends to be the operator's learns nothing that the
operator would take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.seal import Seal

if TYPE_CHECKING:
    from collections.abc import Iterator

LIFE = 300.0
"""Seconds for which a pass is the current one. The one before and the next are taken too: clocks differ."""


def pass_of(seal: Seal, namespace: str, now: float) -> str:
    """Return the pass of a namespace at `now`, in seconds since 1970: the same from every replica with this key."""
    return _pass(seal, namespace, int(now // LIFE))


def proof_of(given: str, pod: str) -> str:
    """Return what shows the pod with this uid that one knows the pass."""
    return Seal(given.encode("utf-8", "surrogatepass")).of("log-proof", pod)


def proves(seal: Seal, namespace: str, pod: str, proof: str, now: float) -> bool:
    """Return whether a proof was made for this pod, of a pass of this namespace that is still taken."""
    return any(Seal(one.encode()).proves(proof, "log-proof", pod) for one in _taken(seal, namespace, now))


def _taken(seal: Seal, namespace: str, now: float) -> Iterator[str]:
    window = int(now // LIFE)
    yield from (_pass(seal, namespace, each) for each in (window - 1, window, window + 1))


def _pass(seal: Seal, namespace: str, window: int) -> str:
    return seal.of("log-pass", namespace, str(window))
