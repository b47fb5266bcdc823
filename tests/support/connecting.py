"""Test Connection on a rig, as the command does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.cli.test_connection import findings
from scim_operator.core.keys import ResourceType
from scim_operator.errors import ScimOperatorError
from scim_operator.job.base.settings import settings_of
from scim_operator.job.connection.connecting import Connector
from scim_operator.scim.clock import SystemClock
from tests.support.explaining import config

if TYPE_CHECKING:
    from tests.support.rig import Rig


async def connection_of(r: Rig) -> str:
    """What Test Connection says."""
    try:
        service = await Connector(SystemClock(), r.cluster.egress).connect(settings_of(config(r)), r.cluster)
    except ScimOperatorError as error:
        return str(error)
    found: list[str] = []
    try:
        found += [str(row) async for row in findings(service, ResourceType)]
        await service.probe()
    except ScimOperatorError as error:
        found.append(str(error))
    finally:
        await service.close()
    return "\n".join(found)
