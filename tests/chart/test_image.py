"""How the image is built; that it runs is what `make e2e` shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import image
from tools.e2e.images import default_command
from tools.e2e.shell import E2EError

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize(
    ("tool", "base", "command"),
    [
        pytest.param("docker", "", "docker build --tag i:t -q .", id="the Dockerfile's own base"),
        pytest.param("podman", "b:1", "podman build --tag i:t --build-arg BASE_IMAGE=b:1 -q .", id="another base"),
        pytest.param("buildah", "", "buildah bud --tag i:t -q .", id="buildah's word for it"),
    ],
)
def test_the_build_command(monkeypatch: pytest.MonkeyPatch, tool: str, base: str, command: str) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert image.build_command(tool, "i:t", base, ["-q"]) == command.split()


@pytest.mark.parametrize(
    ("tool", "epoch", "options"),
    [
        pytest.param("buildah", "1764000000", "--timestamp 1764000000 ", id="one image of one source"),
        pytest.param("podman", "1764000000", "--timestamp 1764000000 ", id="podman knows the option too"),
        pytest.param("docker", "1764000000", "", id="docker does not"),
        pytest.param("buildah", "", "", id="no time given"),
    ],
)
def test_with_a_time_the_build_is_repeatable(
    monkeypatch: pytest.MonkeyPatch, tool: str, epoch: str, options: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    command = f"{tool} {'bud' if tool == 'buildah' else 'build'} --tag i:t {options}-q ."
    assert image.build_command(tool, "i:t", "", ["-q"]) == command.split()


def test_a_tool_that_is_not_there_does_not_work() -> None:
    assert not image.works("no-such-container-tool")


def test_everything_the_dockerfile_copies_is_there_and_sent_to_the_builder() -> None:
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    copied = [source for line in lines for source in line.split()]
    sent = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert [path for path in sent if path == source or path.startswith(f"{source}/")], source


def test_nothing_else_is_sent_to_the_builder() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert rules[0] == "*", "an allow-list: neither .git nor a kubeconfig can reach a layer"


def test_the_image_runs_as_a_number_that_is_not_root() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["65532:65532"]


def test_every_package_is_installed_by_hash() -> None:
    installs = re.findall(r"pip install .*", DOCKERFILE)
    assert installs
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
    for name in ("run", "build"):
        lock = (ROOT / "requirements" / f"{name}.txt").read_text()
        assert len(re.findall(r"^\S+==", lock, re.MULTILINE)) <= lock.count("--hash=sha256:")
        assert "://" not in lock, "no index host"


def test_the_default_end_to_end_image_goes_to_the_kind_cluster_of_the_context() -> None:
    assert "--name blue" in default_command("kind-blue")
    with pytest.raises(E2EError, match="set E2E_IMAGE_COMMAND"):
        default_command("production")
