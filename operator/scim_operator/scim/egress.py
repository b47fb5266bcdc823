"""The services that this process may talk to, as it was started: without TLS or not, and in which networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.secrecy.destinations import INSECURE_FLAG
from scim_operator.errors import InvalidSpec
from scim_operator.scim.url import forbidden

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True, slots=True)
class Egress:
    """The egress that the operator's administrator allows; the author of a ProvisioningConfig can only ask for less.

    Args: allow_insecure, whether `allowInsecure` of a config means anything; networks, those that services may be in
    although they have a special purpose.
    """

    allow_insecure: bool = False
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def permit(self, *, asked: bool, field: str) -> bool:
        """Return whether http and loopback are allowed where a config asks for it in `field`. Errors: InvalidSpec."""
        if asked and not self.allow_insecure:
            raise InvalidSpec(
                f"{field} is true, and the operator runs without {INSECURE_FLAG}: it is for tests, and the operator's "
                "administrator decides (the chart's value allowInsecureServices). Use https, or start it with the flag."
            )
        return asked

    def forbidden(self, address: str, *, allow_loopback: bool = False) -> str:
        """Return why nothing may be sent to this IP address; "" when it may be."""
        return forbidden(address, allow_loopback=allow_loopback, networks=self.networks)


STRICT = Egress()
"""Nothing beyond what the operator allows by default."""
