"""From `spec.service` to a client. Importing this is cheap; aiohttp is loaded when the first client is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.connection.proofs import renewal
from scim_operator.core.leases.lease import GRACE
from scim_operator.core.service.address import address_of
from scim_operator.scim.client import ScimClient
from scim_operator.scim.egress import STRICT
from scim_operator.scim.exchange import Exchange
from scim_operator.scim.oauth2 import FIELD as TOKEN_URL
from scim_operator.scim.passage import BUNDLE, Passage
from scim_operator.scim.profiles import profile_named
from scim_operator.scim.sharing import Budgets
from scim_operator.scim.url import PROXY, service_url

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from scim_operator.api.auth import OAuth2Auth
    from scim_operator.api.config import ServiceSpec
    from scim_operator.scim.auth import HeaderSource, TokenSource
    from scim_operator.scim.clock import Clock
    from scim_operator.scim.egress import Egress
    from scim_operator.scim.passage import Pass
    from scim_operator.scim.transport import Transport

    ReadPass = Callable[[], Awaitable[Pass]]

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
    read_pass: ReadPass | None = None,
    write_limit: float = GRACE,
) -> ScimClient:
    """Return a client for the service, to be closed. Nothing is sent yet. `budgets` are shared with other clients.

    `write_limit` is how many seconds a request that changes something may take.

    Raises InvalidSpec when the URL, the profile or the CA bundle is wrong.
    """
    from scim_operator.scim.transport import AiohttpTransport, Limits  # noqa: PLC0415 - 140 ms that not every command needs

    insecure = egress.permit(asked=spec.allow_insecure, field=ALLOW_INSECURE)
    transport = AiohttpTransport(
        service_url(spec.url, allow_insecure=_clear(spec, insecure)),
        connections=spec.budget.concurrency,
        passage=_passage(spec, ca_bundle, read_pass, clock),
        allow_loopback=insecure,
        egress=egress,
        limits=Limits(write=write_limit),
    )
    return client_over(transport, spec, credentials, clock=clock, random=random, budgets=budgets, headers=headers)


def _clear(spec: ServiceSpec, insecure: bool) -> bool:  # noqa: FBT001 - the permission itself
    """Return whether http may be used: never through a proxy, which would read the token."""
    return insecure and spec.proxy is None


def _passage(spec: ServiceSpec, ca_bundle: bytes | None, read: ReadPass | None, clock: Clock | None) -> Passage:
    # http to the proxy itself is no harm: TLS with the service is inside, and credentials are bound to https.
    proxy = None if spec.proxy is None else service_url(spec.proxy.url, allow_insecure=True, field=PROXY)
    ref = spec.tls.ca_bundle_ref
    source = BUNDLE if ref is None else f"{BUNDLE}: {ref.kind.value} {ref.name}, key {ref.key},"
    return Passage(ca_bundle, source=source, proxy=proxy, read=read, clock=clock)


def open_token_endpoint(
    spec: ServiceSpec,
    auth: OAuth2Auth,
    *,
    ca_bundle: bytes | None,
    egress: Egress = STRICT,
    read_pass: ReadPass | None = None,
    clock: Clock | None = None,
) -> Transport:
    """Return a transport to the token endpoint, under the same rules as the service's. Raises InvalidSpec."""
    from scim_operator.scim.transport import AiohttpTransport  # noqa: PLC0415 - 140 ms that not every command needs

    insecure = egress.permit(asked=spec.allow_insecure, field=ALLOW_INSECURE)
    return AiohttpTransport(
        service_url(auth.token_url, allow_insecure=_clear(spec, insecure), field=TOKEN_URL),
        connections=1,
        passage=_passage(spec, ca_bundle, read_pass, clock),
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
    exchange = Exchange(transport, credentials, spec.auth.scheme, budget, random, headers)
    exchange.renewal = renewal(spec)
    return ScimClient(
        exchange,
        profile=profile_named(spec.profile),
        random=random,
        overrides=spec.capabilities.model_dump(by_alias=False, exclude_none=True),
    )
