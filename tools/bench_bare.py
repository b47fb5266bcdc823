"""Sends the requests of an initial sweep of users without any logic, to compare the operator with.

Three requests a user: our finalizer by merge patch, POST to the service, the status by merge patch. Bodies of the size
that the operator's have, sixteen users at a time, aiohttp and orjson as there. It is run by tools/bench.py, which gives
the tokens in the environment.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import ssl
from typing import Any

import aiohttp
import orjson

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
SCIM = {"Content-Type": "application/scim+json"}
APPLIED = [
    "userName",
    "active",
    "externalId",
    'emails[type eq "work"].value',
    "name.givenName",
    "name.familyName",
    "displayName",
    "title",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
]


PROVEN = {"service": "2536d6d62acf5739", "identity": "V1lRz7tWaQ0eXr5uV1lRz7tW", "proof": "Yc1lLq0mX2bD9tH4vK7nQw"}
"""Data by which the operator believes an entry again; here only of the same size."""


def condition(generation: int) -> dict[str, Any]:
    return {
        "type": "Ready",
        "status": "True",
        "reason": "Provisioned",
        "message": "The service holds it as mapped.",
        "observedGeneration": generation,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }


def status(generation: int, id_: str) -> dict[str, Any]:
    ready = [condition(generation)]
    entry = {"config": "vmware", "conditions": ready, "id": id_, "applied": APPLIED, **PROVEN}
    return {"status": {"observedGeneration": generation, "conditions": ready, "services": [entry]}}


def document(manifest: dict[str, Any], namespace: str) -> dict[str, Any]:
    spec = dict(manifest["spec"])
    enterprise = spec.pop("enterprise")
    urns = ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]
    return {
        "schemas": urns,
        "externalId": f"{namespace}/{manifest['metadata']['name']}",
        **spec,
        urns[1]: enterprise,
    }


async def provision(kube: aiohttp.ClientSession, scim: aiohttp.ClientSession, path: str, user: dict[str, Any]) -> None:
    metadata = user["metadata"]
    address = f"{path}/{metadata['name']}"
    claim = {"metadata": {"finalizers": ["scim-operator.io/deprovision"]}}
    async with kube.patch(address, data=orjson.dumps(claim), headers=MERGE_PATCH) as answer:
        answer.raise_for_status()
        await answer.read()
    body = orjson.dumps(document(user, metadata["namespace"]))
    async with scim.post("Users", data=body, headers=SCIM) as answer:
        answer.raise_for_status()
        created = orjson.loads(await answer.read())
    report = orjson.dumps(status(metadata["generation"], created["id"]))
    async with kube.patch(f"{address}/status", data=report, headers=MERGE_PATCH) as answer:
        answer.raise_for_status()
        await answer.read()


async def run(options: argparse.Namespace) -> None:
    context = ssl.create_default_context(cafile=options.ca)
    kube_headers = {"Authorization": f"Bearer {os.environ['KUBE_TOKEN']}"}
    scim_headers = {"Authorization": f"Bearer {os.environ['SCIM_TOKEN']}"}
    path = f"/apis/scim-operator.io/v1alpha1/namespaces/{options.namespace}/scimusers"
    async with (
        aiohttp.ClientSession(
            options.server, headers=kube_headers, connector=aiohttp.TCPConnector(ssl=context)
        ) as kube,
        aiohttp.ClientSession(f"{options.service}/", headers=scim_headers) as scim,
    ):
        async with kube.get(path) as answer:
            waiting = iter(orjson.loads(await answer.read())["items"])

        async def work() -> None:
            for user in waiting:
                await provision(kube, scim, path, user)

        await asyncio.gather(*(work() for _ in range(options.concurrency)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.bench_bare")
    for name in ("server", "ca", "namespace", "service"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--concurrency", type=int, default=16)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
