"""What is written to Kubernetes, and what is not: finalizers, status, Events, on a real API server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.keys import ConfigKey, Kind
from scim_operator.core.records.readable_status import UNOBSERVED
from scim_operator.core.records.record import FINALIZER, SourceRecord, record_of
from scim_operator.core.records.status import Reason, Reformatted, ServiceEntry, Verdict, lose
from scim_operator.core.secrecy.destinations import DataRef, Destination, going_to
from scim_operator.errors import SecretNotFound, Unreachable
from scim_operator.kube.client import Forbidden, KubeClient, Target
from scim_operator.kube.configs import ConfigBook
from scim_operator.kube.credentials import from_kubeconfig
from scim_operator.kube.events import EventPoster
from scim_operator.kube.resources import CONFIGS, OF_KIND, USERS
from scim_operator.kube.secret_reader import KubeSecretReader
from scim_operator.kube.writer import KubeWriter
from tests.envtest.manifests import as_yaml, config, group, user
from tests.envtest.proxy import Answer, Cut, FaultProxy

if TYPE_CHECKING:
    from tools.cluster.controlplane import ControlPlane

OTHER = "example.com/other"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Bench:
    """A writer and what it needs, over one client."""

    def __init__(self, client: KubeClient, namespace: str) -> None:
        self.client = client
        self.namespace = namespace
        self.now = NOON
        self.book = ConfigBook()
        self.events = EventPoster(client, lambda _: "")
        self.writer = KubeWriter(client, self.book, self.events, now=lambda: self.now)

    async def make(self, manifest: dict[str, Any]) -> SourceRecord:
        kind = Kind(manifest["kind"])
        created = await self.client.create(Target(OF_KIND[kind], self.namespace), manifest)
        assert created
        return record_of(kind, created)

    async def read(self, name: str, kind: Kind = Kind.USER) -> dict[str, Any]:
        manifest = await self.client.get(Target(OF_KIND[kind], self.namespace, name))
        assert manifest
        return manifest


@pytest.fixture
async def bench(client: KubeClient, namespace: str) -> Bench:
    return Bench(client, namespace)


@pytest.fixture
async def troubled(proxied: KubeClient, namespace: str) -> Bench:
    return Bench(proxied, namespace)


def provisioned(config: str = "vmware", generation: int = 1, **memory: Any) -> ServiceEntry:
    return ServiceEntry(config, Verdict(Reason.PROVISIONED, "As it should be."), generation, id="2819c223", **memory)


async def edit(plane: ControlPlane, name: str, namespace: str, patch: dict[str, Any]) -> None:
    args = ("patch", "scimuser", name, "-n", namespace, "--type=merge", "-p", json.dumps(patch))
    await asyncio.to_thread(plane.kubectl, *args)


async def test_claim_and_release_leave_the_finalizers_of_others(bench: Bench) -> None:
    record = await bench.make(user("ada", bench.namespace, finalizers=[OTHER]))
    claimed = await bench.writer.add_finalizer(record)
    assert claimed
    assert claimed.finalizers == (OTHER, FINALIZER)
    await bench.writer.remove_finalizer(claimed)
    assert (await bench.read("ada"))["metadata"]["finalizers"] == [OTHER]


async def test_claiming_twice_writes_once(bench: Bench) -> None:
    record = await bench.make(user("ada", bench.namespace))
    await bench.writer.add_finalizer(record)
    again = await bench.writer.add_finalizer(record)
    assert again
    assert again.finalized
    assert bench.writer.writes == 1, "the second claim came with the record from before the first"


async def test_what_is_about_to_be_created_goes_with_the_finalizer_until_there_is_a_status(bench: Bench) -> None:
    record = await bench.make(user("ada", bench.namespace))
    claimed = await bench.writer.add_finalizer(record, "vmware AbCdEfGhIjKl proof")
    assert claimed
    assert (claimed.creating, bench.writer.writes) == ("vmware AbCdEfGhIjKl proof", 1)
    await bench.writer.report(claimed, provisioned("vmware"))
    reported = await bench.writer.add_finalizer(claimed)
    assert reported
    assert reported.creating == "", "the entry is younger"


async def test_a_conflict_is_read_and_computed_again(bench: Bench, crds: ControlPlane) -> None:
    record = await bench.make(user("ada", bench.namespace))
    await edit(crds, "ada", bench.namespace, {"metadata": {"finalizers": [OTHER]}})
    claimed = await bench.writer.add_finalizer(record)
    assert claimed
    assert set(claimed.finalizers) == {OTHER, FINALIZER}, "what was added meanwhile is kept"


async def test_a_manifest_that_is_being_deleted_is_not_claimed(bench: Bench, crds: ControlPlane) -> None:
    record = await bench.make(user("ada", bench.namespace, finalizers=[OTHER]))
    crds.kubectl("delete", "scimuser", "ada", "-n", bench.namespace, "--wait=false")
    assert await bench.writer.add_finalizer(record) is None
    assert (await bench.read("ada"))["metadata"]["finalizers"] == [OTHER]


async def test_a_manifest_that_was_made_again_under_the_name_is_left_alone(bench: Bench, crds: ControlPlane) -> None:
    old = await bench.make(user("ada", bench.namespace))
    crds.kubectl("delete", "scimuser", "ada", "-n", bench.namespace)
    await bench.make(user("ada", bench.namespace))
    assert await bench.writer.add_finalizer(old) is None
    await bench.writer.report(old, provisioned())
    manifest = await bench.read("ada")
    assert "finalizers" not in manifest["metadata"]
    assert manifest["status"] == UNOBSERVED


async def test_a_manifest_that_is_gone_is_no_error(bench: Bench, crds: ControlPlane) -> None:
    record = await bench.make(user("ada", bench.namespace))
    crds.kubectl("delete", "scimuser", "ada", "-n", bench.namespace)
    assert await bench.writer.add_finalizer(record) is None
    await bench.writer.remove_finalizer(record)
    await bench.writer.report(record, provisioned())


async def test_releasing_the_last_finalizer_lets_the_manifest_go(bench: Bench, crds: ControlPlane) -> None:
    claimed = await bench.writer.add_finalizer(await bench.make(user("ada", bench.namespace)))
    assert claimed
    crds.kubectl("delete", "scimuser", "ada", "-n", bench.namespace, "--wait=false")
    await bench.writer.remove_finalizer(record_of(Kind.USER, await bench.read("ada")))
    assert await bench.client.get(Target(USERS, bench.namespace, "ada")) is None
    assert len(bench.writer.recent) == 0


async def test_a_manifest_that_was_edited_since_is_not_let_go(bench: Bench, crds: ControlPlane) -> None:
    """What was decided on was suspended, and is not any more: access is to end first (campaign 430060)."""
    await bench.writer.add_finalizer(await bench.make(user("ada", bench.namespace)))
    crds.kubectl("delete", "scimuser", "ada", "-n", bench.namespace, "--wait=false")
    decided = record_of(Kind.USER, await bench.read("ada"))
    await edit(crds, "ada", bench.namespace, {"spec": {"suspend": False}})
    await bench.writer.remove_finalizer(decided)
    assert (await bench.read("ada"))["metadata"]["finalizers"] == [FINALIZER]


async def test_reports_once_and_not_again_while_nothing_changes(bench: Bench) -> None:
    record = await bench.make(user("ada", bench.namespace))
    await bench.writer.report(record, provisioned())
    bench.now += timedelta(hours=1)
    await bench.writer.report(record, provisioned())
    assert bench.writer.writes == 1, "a later time alone is no change"
    status = (await bench.read("ada"))["status"]
    assert status["observedGeneration"] == 1
    assert status["conditions"][0]["status"] == "True"
    assert status["services"][0]["id"] == "2819c223"


@pytest.mark.parametrize("kind", [Kind.USER, Kind.GROUP])
async def test_the_crd_keeps_every_field_of_an_entry(kind: Kind, bench: Bench) -> None:
    """A field that the CRD does not know is pruned, and then each report would differ and be written again."""
    make = user if kind is Kind.USER else group
    record = await bench.make(make("ada", bench.namespace))
    entry = provisioned(
        service="2536d6d62acf5739",
        applied=("userName", 'emails[type eq "work"].value'),
        reformatted=(Reformatted("phoneNumbers", "sha256:1", "sha256:2"),),
        members=("9d2f",),
        pending=("charles",),
        handled="2026-11-25T12:00:00Z",
        identity="V1lRz7tW",
        creating="V1lRz7tW",
        proof="Yc1lLq0mX2bD9tH4vK7nQw",
        claimed="4711",
        granted="0c6e 2026-11-25T12:00:00Z 2026-11-25T12:00:01Z",
    )
    entry = replace(entry, lost=lose(entry).lost)
    commands_only = {"formed"}  # it is kept in files, and never written to a status
    named = {field.name for field in fields(entry)} - commands_only
    assert all(getattr(entry, name) for name in named), "a new field belongs into this test"
    await bench.writer.report(record, entry)
    stored = record_of(kind, await bench.read("ada", kind))
    bench.writer.recent.forget(record.uid)
    await bench.writer.report(stored, entry)
    assert bench.writer.writes == 1


async def test_entries_of_other_configs_stay(bench: Bench) -> None:
    record = await bench.make(user("ada", bench.namespace))
    await asyncio.gather(
        *(bench.writer.report(record, provisioned(name)) for name in ("vmware", "generic", "third")),
    )
    services = (await bench.read("ada"))["status"]["services"]
    assert [entry["config"] for entry in services] == ["generic", "third", "vmware"]


async def test_a_status_that_another_writer_changed_is_read_again(bench: Bench, client: KubeClient) -> None:
    """Another replica, or a person with `kubectl edit --subresource=status`."""
    record = await bench.make(user("ada", bench.namespace))
    other = Bench(client, bench.namespace)
    await other.writer.report(record, provisioned("other"))
    await bench.writer.report(record, provisioned("vmware"))
    services = (await bench.read("ada"))["status"]["services"]
    assert [entry["config"] for entry in services] == ["other", "vmware"]


async def test_the_generation_is_the_lowest_that_a_living_config_has_seen(bench: Bench, crds: ControlPlane) -> None:
    for name in ("generic", "vmware"):
        manifest = config(name, bench.namespace)
        bench.book.see(
            {**manifest, "metadata": {**manifest["metadata"], "uid": name, "resourceVersion": "1", "generation": 1}}
        )
    record = await bench.make(user("ada", bench.namespace))
    await bench.writer.report(record, provisioned("generic", generation=1))
    await edit(crds, "ada", bench.namespace, {"spec": {"title": "Analyst"}})
    edited = record_of(Kind.USER, await bench.read("ada"))
    await bench.writer.report(edited, provisioned("vmware", generation=2))
    assert (await bench.read("ada"))["status"]["observedGeneration"] == 1
    bench.book.lose(ConfigKey(bench.namespace, "generic"))
    await bench.writer.report(edited, provisioned("vmware", generation=2))
    assert (await bench.read("ada"))["status"]["observedGeneration"] == 2, "a config that is gone holds nothing up"


async def test_an_answer_that_was_lost_is_not_written_twice(troubled: Bench, proxy: FaultProxy) -> None:
    record = await troubled.make(user("ada", troubled.namespace))
    proxy.faults.append(Cut("PATCH"))
    await troubled.writer.report(record, provisioned())
    assert proxy.seen.count("PATCH") == 2, "the first took effect, the second met a conflict"
    manifest = await troubled.read("ada")
    assert manifest["status"]["services"][0]["id"] == "2819c223"


async def test_an_outage_of_the_api_server_is_sat_out_for_a_while(troubled: Bench, proxy: FaultProxy) -> None:
    record = await troubled.make(user("ada", troubled.namespace))
    proxy.faults.extend([Answer("PATCH", 503), Answer("PATCH", 429, {"Retry-After": "0"})])
    await troubled.writer.report(record, provisioned())
    assert (await troubled.read("ada"))["status"]["observedGeneration"] == 1


async def test_missing_rights_say_what_to_grant(crds: ControlPlane, namespace: str) -> None:
    crds.kubectl("create", "serviceaccount", "nobody", "-n", namespace)
    path = crds.service_account_kubeconfig("nobody", namespace)
    async with KubeClient(from_kubeconfig([path])) as client:
        with pytest.raises(Forbidden) as caught:
            await client.patch(Target(USERS, namespace, "ada", "status"), {})
    assert str(caught.value) == (
        f"The operator may not patch scimusers/status in namespace {namespace}: "
        "grant it in the Role of the operator there (API group scim-operator.io)."
    )


async def test_an_api_server_that_is_not_there_is_unreachable(tmp_path: object) -> None:
    from scim_operator.kube.credentials import Credentials  # noqa: PLC0415

    async with KubeClient(Credentials(server="http://127.0.0.1:9")) as client:
        with pytest.raises(Unreachable) as caught:
            await client.get(Target(USERS, "default", "ada"))
    assert caught.value.sent is False


@pytest.fixture
async def known_config(bench: Bench) -> ConfigKey:
    created = await bench.client.create(Target(CONFIGS, bench.namespace), config("vmware", bench.namespace))
    assert created
    bench.book.see(created)
    return ConfigKey(bench.namespace, "vmware")


async def config_status(bench: Bench) -> dict[str, Any]:
    manifest = await bench.client.get(Target(CONFIGS, bench.namespace, "vmware"))
    assert manifest
    return manifest.get("status") or {}


async def test_the_status_of_a_config_is_merged_and_written_once(bench: Bench, known_config: ConfigKey) -> None:
    await bench.writer.report_config(
        known_config, {"observedGeneration": 1, "progress": {"phase": "Users", "percent": 5}}
    )
    await bench.writer.report_config(known_config, {"progress": {"phase": "Users", "percent": 5}})
    assert bench.writer.writes == 1
    await bench.writer.report_config(known_config, {"progress": None})
    assert await config_status(bench) == {"observedGeneration": 1}


async def test_a_config_made_again_does_not_get_the_status_of_the_old(
    bench: Bench, known_config: ConfigKey, crds: ControlPlane
) -> None:
    crds.kubectl("delete", "scpc", "vmware", "-n", bench.namespace)
    crds.kubectl("apply", "-f", "-", input=as_yaml(config("vmware", bench.namespace)))
    await bench.writer.report_config(known_config, {"observedGeneration": 7})
    assert await config_status(bench) == UNOBSERVED


HOSTS = "--from-literal=hosts=vc.example.com"


async def test_the_vault_reads_secrets_and_config_maps(client: KubeClient, crds: ControlPlane, namespace: str) -> None:
    crds.kubectl("create", "secret", "generic", "vmware-scim", "--from-literal=token=t0ken", HOSTS, "-n", namespace)
    crds.kubectl("create", "configmap", "vc-ca", "--from-literal=ca.crt=PEM", HOSTS, "-n", namespace)
    secret_reader = KubeSecretReader(client)
    to = going_to(Destination("vc.example.com"))
    token = DataRef("Secret", namespace, "vmware-scim", ("token",))
    assert await secret_reader.read(token, to) == {"token": b"t0ken"}
    authority = DataRef("ConfigMap", namespace, "vc-ca", ("ca.crt",))
    assert await secret_reader.read(authority, to) == {"ca.crt": b"PEM"}
    with pytest.raises(SecretNotFound, match=r"Secret vmware-scim in namespace .* has no key other: add it"):
        await secret_reader.read(replace(token, keys=("other",)), to)
    with pytest.raises(SecretNotFound, match=r"ConfigMap none does not exist .* create it with the key ca.crt"):
        await secret_reader.read(replace(authority, name="none"), to)


def managers(manifest: dict[str, Any]) -> dict[str, list[str]]:
    """The parts of a manifest, each with those who own fields of it."""
    found: dict[str, list[str]] = {}
    for each in manifest["metadata"]["managedFields"]:
        for part in each["fieldsV1"]:
            found.setdefault(part, []).append(each["manager"])
    return found


async def test_what_the_operator_writes_is_its_own(bench: Bench) -> None:
    record = await bench.make(user("ada", bench.namespace))
    claimed = await bench.writer.add_finalizer(record)
    assert claimed is not None
    await bench.writer.report(claimed, provisioned())
    assert managers(await bench.read("ada"))["f:status"] == ["scim-operator"]
    assert bench.writer.writes == 2


async def test_fields_of_the_former_name_have_one_owner_after_the_next_write(bench: Bench, crds: ControlPlane) -> None:
    await asyncio.to_thread(
        crds.kubectl, "apply", "--server-side", "-f", "-", input=as_yaml(user("ada", bench.namespace))
    )
    former = ("patch", "scimuser", "ada", "-n", bench.namespace, "--type=merge", "--field-manager=Python")
    status = {"status": {"observedGeneration": 1, "services": []}}
    finalizers = {"metadata": {"finalizers": [FINALIZER]}}
    await asyncio.to_thread(crds.kubectl, *former, "-p", json.dumps(finalizers))
    await asyncio.to_thread(crds.kubectl, *former, "--subresource=status", "-p", json.dumps(status))
    before = await bench.read("ada")
    assert managers(before) == {"f:spec": ["kubectl"], "f:metadata": ["Python"], "f:status": ["Python"]}
    record = record_of(Kind.USER, before)
    await bench.writer.report(record, provisioned())
    after = await bench.read("ada")
    assert managers(after) == {"f:spec": ["kubectl"], "f:metadata": ["scim-operator"], "f:status": ["scim-operator"]}
    assert after["status"]["services"][0]["id"] == "2819c223"
    assert bench.writer.writes == 2, "the status, and once whose the fields are"
    await bench.writer.report(record_of(Kind.USER, after), provisioned(generation=2))
    assert bench.writer.writes == 3


async def test_the_finalizer_under_the_former_name_comes_off(bench: Bench, crds: ControlPlane) -> None:
    await bench.make(user("ada", bench.namespace))
    former = ("patch", "scimuser", "ada", "-n", bench.namespace, "--type=merge", "--field-manager=Python")
    await asyncio.to_thread(crds.kubectl, *former, "-p", json.dumps({"metadata": {"finalizers": [FINALIZER]}}))
    await asyncio.to_thread(crds.kubectl, "delete", "scimuser", "ada", "-n", bench.namespace, "--wait=false")
    await bench.writer.remove_finalizer(record_of(Kind.USER, await bench.read("ada")))
    assert await bench.client.get(Target(USERS, bench.namespace, "ada")) is None
