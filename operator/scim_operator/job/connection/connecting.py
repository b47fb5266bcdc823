"""From a config to a client of its service, with what the config refers to read from the vault."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from scim_operator.core.leases.lease import GRACE
from scim_operator.job.connection.credentials import SecretHeaders, ca_bundle, read_pass, token_source
from scim_operator.scim.connect import ALLOW_INSECURE, open_client
from scim_operator.scim.egress import STRICT
from scim_operator.scim.memory import MOST, ListingMemory
from scim_operator.scim.sharing import Budgets

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.job.base.ports import SecretReader
    from scim_operator.job.base.settings import Settings
    from scim_operator.scim.client import ScimClient
    from scim_operator.scim.clock import Clock
    from scim_operator.scim.egress import Egress


class Connector:
    """Makes clients on one clock to services that `egress` allows; those of one service share its budget.

    `memory` is how many bytes the listings of all of them may take together; `opens` makes a client, and is where a
    simulation puts its service; `chance` is for jitter and probe names, no secret. A request that changes something
    may take `write_limit` seconds.
    """

    def __init__(
        self,
        clock: Clock,
        egress: Egress = STRICT,
        memory: int = MOST,
        opens: Callable[..., ScimClient] = open_client,
        chance: random.Random | None = None,
        write_limit: float = GRACE,
    ) -> None:
        self._memory = ListingMemory(memory)
        self._write_limit = write_limit
        self._clock = clock
        self.budgets = Budgets(clock)
        """One for each service and account."""
        self._egress = egress
        self._open = opens
        self._random = chance or random.Random()  # noqa: S311 - no secret

    async def connect(self, settings: Settings, secret_reader: SecretReader) -> ScimClient:
        """A client for the service of `settings`; nothing is sent to it yet.

        Raises SecretNotFound, HostNotNamed and InvalidSpec, naming what is missing or wrong.
        """
        service = settings.spec.service
        self._egress.permit(asked=service.allow_insecure, field=ALLOW_INSECURE)
        bundle = await ca_bundle(secret_reader, settings)
        tokens = token_source(secret_reader, settings, ca_bundle=bundle, clock=self._clock, egress=self._egress)
        client = self._open(
            service,
            tokens,
            ca_bundle=bundle,
            clock=self._clock,
            random=self._random,
            budgets=self.budgets,
            egress=self._egress,
            headers=SecretHeaders(secret_reader, settings) if service.headers else None,
            read_pass=read_pass(secret_reader, settings),
            write_limit=self._write_limit,
        )
        client.probing.types = settings.enabled or client.probing.types
        client.conceal(settings.veil)
        client.pager.keep_within(self._memory.share(settings.key))
        return client
