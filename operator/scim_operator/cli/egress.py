"""Options shared by every command that talks to a service: which services it may talk to."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import click

from scim_operator.cli.options import with_options
from scim_operator.core.secrecy.destinations import INSECURE_FLAG
from scim_operator.scim.egress import Egress

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from scim_operator.cli.options import Command


class _Network(click.ParamType["IPv4Network | IPv6Network"]):
    """A network as CIDR."""

    name = "cidr"

    def convert(
        self, value: str | IPv4Network | IPv6Network, param: click.Parameter | None, ctx: click.Context | None
    ) -> IPv4Network | IPv6Network:
        """Read the text; fails with how a network is written."""
        if not isinstance(value, str):
            return value
        try:
            return ip_network(value)
        except ValueError as error:
            self.fail(f"{error}; write a network such as 100.64.0.0/10 or fd12::/64.", param, ctx)


_OPTIONS = (
    click.option(
        INSECURE_FLAG,
        "allow_insecure",
        is_flag=True,
        envvar="SCIM_OPERATOR_ALLOW_INSECURE_SERVICES",
        help="Let allowInsecure of a config work: http, and services on loopback. For tests.",
    ),
    click.option(
        "--allow-networks",
        "networks",
        type=_Network(),
        multiple=True,
        envvar="SCIM_OPERATOR_ALLOW_NETWORKS",
        metavar="CIDR",
        help="Allow services in a network of special purpose, such as 100.64.0.0/10. Repeatable.",
    ),
)


def egress_options(command: Command) -> Command:
    """Put the shared options on a command, which gets `allow_insecure` and `networks` for `egress_of`."""
    return with_options(command, _OPTIONS)


def egress_of(options: dict[str, Any]) -> Egress:
    """Take the shared options out of a command's options."""
    return Egress(options.pop("allow_insecure"), tuple(options.pop("networks")))
