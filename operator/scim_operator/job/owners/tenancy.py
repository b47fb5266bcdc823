"""Which config belongs to which Lease, and what is known of the configs that another replica works on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.leases.lease import Place
from scim_operator.core.service.address import address_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.keys import ConfigKey
    from scim_operator.job.base.leases import Leases
    from scim_operator.scim.fence import Fence


class Tenancy:
    """The configs of an operator, which is called `own`, by the Leases that they need."""

    def __init__(self, leases: Leases, own: str = "") -> None:
        self._leases = leases
        self._own = own
        self._manifests: dict[ConfigKey, Mapping[str, Any]] = {}
        self._fences: dict[ConfigKey, Fence] = {}
        self._ending = False

    def enter(self, key: ConfigKey, manifest: Mapping[str, Any]) -> None:
        """Note that a config came, or changed; its Lease is wanted from now on."""
        former = self._manifests.get(key)
        self._manifests[key] = manifest
        place = place_of(key, manifest)
        # Who works on it at the service that it named before is we: no one has worked for it at the other one.
        ours = former is not None and key in self._fences and place_of(key, former) != place
        self._leases.want(place, worked=self._worked(manifest) and not ours)
        if former is not None and place_of(key, former) != place:
            self.release(place_of(key, former))

    def note_status(self, key: ConfigKey, status: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Note what a config's status says now; return the config, None where there is none."""
        if key not in self._manifests:
            return None
        manifest = self._manifests[key] = {**self._manifests[key], "status": status}
        if key not in self._fences:  # else we work on it, and who is named may be a predecessor
            self._leases.want(place_of(key, manifest), worked=self._worked(manifest))
        return manifest

    def _worked(self, manifest: Mapping[str, Any]) -> bool:
        """Return whether another operator has worked on a config."""
        return str((manifest.get("status") or {}).get("operator") or "") not in ("", self._own)

    def leave(self, key: ConfigKey) -> Place:
        """Note that a config is gone; return its place, which is to be `released` when nothing is left to do there."""
        self.end(key)
        return place_of(key, self._manifests.pop(key))

    def release(self, place: Place) -> None:
        """Let go of a Lease that no config needs any more."""
        if not self.at(place):
            self._leases.unwant(place)

    def begin(self, key: ConfigKey) -> Fence | None:
        """Note that a config is to be worked on; return the fence of that, None where it is not for us to do."""
        fence = None if self._ending else self._leases.fence(place_of(key, self._manifests[key]))
        if fence is not None:
            self._fences[key] = fence
        return fence

    def close(self) -> None:
        """Let nothing begin any more: the operator ends."""
        self._ending = True

    def end(self, key: ConfigKey) -> None:
        """Note that a config is not worked on any more."""
        self._fences.pop(key, None)

    def goes_on(self, key: ConfigKey) -> bool:
        """Return whether what is done for a config is still done under its Lease."""
        return self._fences.get(key) is self._leases.fence(place_of(key, self._manifests[key]))

    def fence(self, key: ConfigKey) -> Fence:
        """Return the fence of a config that is worked on."""
        return self._fences[key]

    def manifest(self, key: ConfigKey) -> Mapping[str, Any]:
        """Return a config as it was last seen."""
        return self._manifests[key]

    def at(self, place: Place) -> list[ConfigKey]:
        """Return the configs that need a Lease."""
        return [key for key, manifest in self._manifests.items() if place_of(key, manifest) == place]

    def __contains__(self, key: ConfigKey) -> bool:
        """Return whether there is such a config."""
        return key in self._manifests

    def expects(self, key: ConfigKey) -> bool:
        """Return whether a config is about to be worked on here: its Lease is to be ours."""
        return key in self._manifests and self._leases.expects(place_of(key, self._manifests[key]))

    def elsewhere(self, namespace: str) -> list[ConfigKey]:
        """Return the configs of a namespace that another replica works on, or is to."""
        return [key for key in self._manifests if key.namespace == namespace and key not in self._fences]


def place_of(key: ConfigKey, manifest: Mapping[str, Any]) -> Place:
    """Return the Lease that a config needs: that of the service it names, in whatever mode."""
    service = (manifest.get("spec") or {}).get("service") or {}
    return Place(key.namespace, address_of(service.get("url") or ""))
