"""From `spec.service` to a client. Importing this is cheap; aiohttp is loaded when the first client is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.service.address import address_of
from scim_operator.scim.client import ScimClient
from scim_operator.scim.egress import STRICT
from scim_operator.scim.exchange import Exchange
from scim_operator.scim.oauth2 import FIELD as TOKEN_URL
from scim_operator.scim.profiles import profile_named
from scim_operator.scim.sharing import Budgets
from scim_operator.scim.url import service_url

if TYPE_CHECKING:
    import random

    from scim_operator.api.auth import OAuth2Auth
    from scim_operator.api.config import ServiceSpec
    from scim_operator.scim.auth import HeaderSource, TokenSource
    from scim_operator.scim.clock import Clock
    from scim_operator.scim.egress import Egress
    from scim_operator.scim.transport import Transport

ALLOW_INSECURE = "spec.service.allowInsecure"


def open_client(  # noqa: PLR0913 - all that a client needs
    spec: ServiceSpec,
    credentials: TokenSource,
    *,
    ca_bundle: bytes | None,
    clock: Clock,
    random: random.Random,
    budgets: Budgets | None = None,
    egress: Egress = STRICT,
    headers: HeaderSource | None = None,
) -> ScimClient:
    """Return a client for the service, to be closed. Nothing is sent yet. `budgets` are shared with other clients.

    Raises InvalidSpec when the URL, the profile or the CA bundle is wrong.
    """
    from scim_operator.scim.transport import AiohttpTransport  # noqa: PLC0415 - 140 ms that not every command needs

    insecure = egress.permit(asked=spec.allow_insecure, field=ALLOW_INSECURE)
    transport = AiohttpTransport(
        service_url(spec.url, allow_insecure=insecure),
        connections=spec.budget.concurrency,
        ca_bundle=ca_bundle,
        allow_loopback=insecure,
        egress=egress,
    )
    return client_over(transport, spec, credentials, clock=clock, random=random, budgets=budgets, headers=headers)


def open_token_endpoint(
    spec: ServiceSpec, auth: OAuth2Auth, *, ca_bundle: bytes | None, egress: Egress = STRICT
) -> Transport:
    """Return a transport to the token endpoint, under the same rules as the service's. Raises InvalidSpec."""
    from scim_operator.scim.transport import AiohttpTransport  # noqa: PLC0415 - 140 ms that not every command needs

    insecure = egress.permit(asked=spec.allow_insecure, field=ALLOW_INSECURE)
    return AiohttpTransport(
        service_url(auth.token_url, allow_insecure=insecure, field=TOKEN_URL),
        connections=1,
        ca_bundle=ca_bundle,
        allow_loopback=insecure,
        field=TOKEN_URL,
        egress=egress,
    )


def client_over(  # noqa: PLR0913 - all that a client needs
    transport: Transport,
    spec: ServiceSpec,
    credentials: TokenSource,
    *,
    clock: Clock,
    random: random.Random,
    budgets: Budgets | None = None,
    headers: HeaderSource | None = None,
) -> ScimClient:
    """Return a client over a transport of one's own; this is where a simulation puts its service."""
    limits = spec.budget
    budget = (budgets or Budgets(clock)).member(
        address_of(spec.url), concurrency=limits.concurrency, rate=limits.requests_per_second
    )
    return ScimClient(
        Exchange(transport, credentials, spec.auth.scheme, budget, random, headers),
        profile=profile_named(spec.profile),
        random=random,
        overrides=spec.capabilities.model_dump(by_alias=False, exclude_none=True),
    )
