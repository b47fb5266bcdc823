"""The files of a release: the list of what is in it, archives, checksums, the chart and krew's manifest."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.tools.release.test_version import TEXT
from tools import yamls
from tools.check_lock import parse_lock
from tools.release import changelog, chart, krew, packing, sbom
from tools.release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
DIGEST = "sha256:" + "a1" * 32
HOME = "https://github.com/example/scim-operator"
IMAGE = f"ghcr.io/example/scim-operator:1.2.3@{DIGEST}"


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    listed: dict[str, Any] = json.loads(sbom.sbom())
    return listed


def test_every_locked_package_is_listed_with_its_version_and_all_its_hashes(bill: dict[str, Any]) -> None:
    text = (ROOT / "requirements/run.txt").read_text()
    locked = {name: pin.version for name, pin in parse_lock(text).items()}
    libraries = [one for one in bill["components"] if one["type"] == "library"]
    assert {one["name"]: one["version"] for one in libraries} == locked
    assert {one["purl"] for one in libraries} >= {f"pkg:pypi/{name}@{pinned}" for name, pinned in locked.items()}
    hashes = {each["content"] for one in libraries for each in one["externalReferences"][0]["hashes"]}
    assert hashes == set(re.findall(r"--hash=sha256:([0-9a-f]{64})", text))


def test_the_list_says_what_it_is_of_and_names_the_base_image(bill: dict[str, Any]) -> None:
    root = bill["metadata"]["component"]
    assert (bill["bomFormat"], root["name"]) == ("CycloneDX", "scim-operator")
    (base,) = [one for one in bill["components"] if one["type"] == "container"]
    assert f"{base['name']}:{base['version']}" in (ROOT / "Dockerfile").read_text()
    (of_root,) = [one for one in bill["dependencies"] if one["ref"] == root["bom-ref"]]
    assert set(of_root["dependsOn"]) == {one["bom-ref"] for one in bill["components"]}


def test_the_list_is_the_same_each_time(bill: dict[str, Any]) -> None:
    assert json.loads(sbom.sbom()) == bill


def test_a_base_without_a_digest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("ARG BASE_IMAGE=python:3.13-slim\n")
    with pytest.raises(ReleaseError, match="by tag and digest"):
        sbom.base(tmp_path)


def plugin(folder: Path) -> Path:
    """A stand-in for the built program: what krew does with it does not depend on what it is."""
    (folder / "_internal").mkdir(parents=True)
    (folder / "_internal" / "data").write_text("data")
    program = folder / "kubectl-scim"
    program.write_text('#!/bin/sh\ncat "$(dirname "$(readlink -f "$0")")/_internal/data"; echo " $*"\n')
    program.chmod(0o700)
    return folder


def test_an_archive_is_the_same_from_the_same_content(tmp_path: Path) -> None:
    digests = set()
    for name, when in (("one", 1), ("two", 1_700_000_000)):
        folder = plugin(tmp_path / name / "kubectl-scim")
        for path in folder.rglob("*"):
            os.utime(path, (when, when))
        packing.pack(folder, tmp_path / f"{name}.tar.gz", ROOT / "LICENSE")
        digests.add(hashlib.sha256((tmp_path / f"{name}.tar.gz").read_bytes()).hexdigest())
    assert len(digests) == 1
    with tarfile.open(tmp_path / "one.tar.gz") as tar:
        modes = {one.name: (one.mode, one.uid, one.uname) for one in tar.getmembers()}
    assert modes["kubectl-scim"] == (0o755, 0, "")
    assert modes["LICENSE"] == (0o644, 0, "")


def test_checksums_are_those_that_sha256sum_checks(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("b")
    (tmp_path / "a").write_text("a")
    (tmp_path / packing.CHECKSUMS).write_text(packing.checksums(tmp_path))
    assert packing.checksums(tmp_path) == (tmp_path / packing.CHECKSUMS).read_text(), "not of itself"
    command = ["sha256sum", "--check", "--strict", packing.CHECKSUMS]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout == "a: OK\nb: OK\n"


def test_krew_installs_the_plugin_from_manifest_and_archive(run_krew: Callable[..., str], tmp_path: Path) -> None:
    archive = tmp_path / krew.archive_name("1.2.3", "linux", os.uname().machine)
    packing.pack(plugin(tmp_path / "kubectl-scim"), archive)
    manifest = tmp_path / "scim.yaml"
    manifest.write_text(krew.manifest("1.2.3", HOME, [archive]))
    run_krew("install", f"--manifest={manifest}", f"--archive={archive}")
    assert yaml.safe_load((tmp_path / "krew" / "receipts" / "scim.yaml").read_text())["spec"]["version"] == "v1.2.3"
    installed = tmp_path / "krew" / "bin" / "kubectl-scim"
    ran = subprocess.run([installed, "status"], capture_output=True, text=True, check=True)
    assert ran.stdout == "data status\n"


def test_krew_refuses_an_archive_that_is_not_the_signed_one(run_krew: Callable[..., str], tmp_path: Path) -> None:
    archive = tmp_path / krew.archive_name("1.2.3", "linux", os.uname().machine)
    packing.pack(plugin(tmp_path / "kubectl-scim"), archive)
    manifest = tmp_path / "scim.yaml"
    manifest.write_text(krew.manifest("1.2.3", HOME, [archive]))
    (tmp_path / "kubectl-scim" / "_internal" / "data").write_text("another")
    packing.pack(tmp_path / "kubectl-scim", archive)
    assert "checksum does not match" in run_krew("install", f"--manifest={manifest}", f"--archive={archive}")


@pytest.fixture
def run_krew(krew_command: Path, tmp_path: Path) -> Callable[..., str]:
    """Krew with a folder of its own; what it prints."""

    def run(*words: str) -> str:
        env = {"PATH": os.environ["PATH"], "KREW_ROOT": str(tmp_path / "krew"), "HOME": str(tmp_path)}
        env["KREW_NO_UPGRADE_CHECK"] = "1"
        ended = subprocess.run([krew_command, *words], env=env, capture_output=True, text=True, check=False)
        return ended.stdout if ended.returncode == 0 else ended.stdout + ended.stderr

    return run


def test_the_manifest_names_each_platform_and_where_its_archive_lies(tmp_path: Path) -> None:
    platforms = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")]
    archives = [tmp_path / krew.archive_name("1.2.3", *each) for each in platforms]
    for archive in archives:
        archive.write_text(archive.name)
    made = yaml.safe_load(krew.manifest("1.2.3", HOME, archives))
    listed = [tuple(one["selector"]["matchLabels"].values()) for one in made["spec"]["platforms"]]
    assert sorted(listed) == [("darwin", "arm64"), ("linux", "amd64"), ("linux", "arm64")]
    assert all(one["uri"].startswith(f"{HOME}/releases/download/v1.2.3/") for one in made["spec"]["platforms"])


@pytest.mark.parametrize(("system", "machine"), [("win32", "x86_64"), ("linux", "riscv64")])
def test_a_platform_that_the_plugin_is_not_made_for_is_named(system: str, machine: str) -> None:
    with pytest.raises(ReleaseError, match="made for linux and darwin"):
        krew.archive_name("1.2.3", system, machine)


@pytest.fixture(scope="module")
def stamped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    more = chart.hub_annotations("1.2.3", IMAGE, changelog.changes(TEXT.partition("## [0.1.0]")[0]))
    return chart.stamped(tmp_path_factory.mktemp("chart"), DIGEST, HOME, more)


def test_the_published_chart_installs_the_image_by_digest(stamped: Path) -> None:
    objects = yamls.read_all(chart.helm("template", "x", str(stamped)))
    (deployment,) = [one for one in objects if one["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith(f"@{DIGEST}")


def test_artifact_hub_is_told_what_changed_and_which_image_it_is(stamped: Path) -> None:
    manifest = yaml.safe_load((stamped / "Chart.yaml").read_text())
    said = manifest["annotations"]
    assert (manifest["home"], manifest["sources"]) == (HOME, [HOME])
    assert yaml.safe_load(said["artifacthub.io/images"]) == [{"name": "scim-operator", "image": IMAGE}]
    assert [one["kind"] for one in yaml.safe_load(said["artifacthub.io/changes"])] == ["added", "added", "security"]
    assert said["artifacthub.io/containsSecurityUpdates"] == "true"
    assert said["artifacthub.io/prerelease"] == "false"
    assert {type(value) for value in said.values()} == {str}, "Helm refuses annotations that are no texts"


def test_artifact_hub_is_told_of_every_kind_with_an_example() -> None:
    said = yaml.safe_load((chart.CHART / "Chart.yaml").read_text())["annotations"]
    crds = [yamls.read(path.read_text()) for path in sorted((ROOT / "crds").glob("*.yaml"))]
    kinds = {one["spec"]["names"]["kind"]: one for one in crds}
    listed = {one["kind"]: one for one in yaml.safe_load(said["artifacthub.io/crds"])}
    assert listed.keys() == kinds.keys()
    assert all(listed[kind]["name"] == crd["metadata"]["name"] for kind, crd in kinds.items())
    assert all(listed[kind]["version"] == crd["spec"]["versions"][-1]["name"] for kind, crd in kinds.items())
    assert {one["kind"] for one in yaml.safe_load(said["artifacthub.io/crdsExamples"])} == kinds.keys()


def test_a_chart_is_packaged_under_its_version(stamped: Path, tmp_path: Path) -> None:
    archive = chart.package(stamped, tmp_path)
    version = yaml.safe_load((chart.CHART / "Chart.yaml").read_text())["version"]
    assert archive == tmp_path / f"scim-operator-{version}.tgz"
    assert archive.is_file()


@pytest.mark.parametrize("digest", ["sha256:short", "latest", f"sha512:{'0' * 64}", f"{DIGEST}\n"])
def test_what_is_no_digest_is_refused(tmp_path: Path, digest: str) -> None:
    with pytest.raises(ReleaseError, match="give the image's digest"):
        chart.stamped(tmp_path, digest, HOME, {})
