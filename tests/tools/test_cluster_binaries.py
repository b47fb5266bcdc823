"""How the control plane's binaries are found: from a server on loopback, from KUBEBUILDER_ASSETS, or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tools.cluster import archive, binaries, gobuild, versions
from tools.cluster.__main__ import COMMANDS
from tools.cluster.progress import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def published(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A directory, and the address on loopback that serves it."""
    folder = tmp_path / "published"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def packed(*names: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(name)
            tar.addfile(member, io.BytesIO(name.encode()))
    return made.getvalue()


def publish(folder: Path, url: str, content: bytes, sha512: str) -> str:
    """Publish one archive with its index; the index's address."""
    name = f"envtest-v{versions.KUBERNETES}-{archive.this_platform()}.tar.gz"
    (folder / name).write_bytes(content)
    (folder / "index.yaml").write_text(f"{name}:\n  hash: {sha512}\n  selfLink: {url}/{name}\n")
    return f"{url}/index.yaml"


def test_the_three_binaries_are_taken_and_nothing_else(published: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = published
    paths = [f"controller-tools/envtest/{name}" for name in versions.CONTROL_PLANE]
    content = packed(*paths, "../../escaped", "controller-tools/README")
    index = publish(folder, url, content, hashlib.sha512(content).hexdigest())

    fetched = archive.fetch(tmp_path / "cache", index)

    assert fetched == tmp_path / "cache" / f"envtest-{versions.KUBERNETES}"
    assert sorted(path.name for path in fetched.iterdir()) == sorted(versions.CONTROL_PLANE)
    assert all(os.access(path, os.X_OK) for path in fetched.iterdir())
    assert list((tmp_path / "cache").iterdir()) == [fetched]


def test_a_changed_archive_is_not_installed(published: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = published
    index = publish(folder, url, packed("envtest/etcd"), hashlib.sha512(b"another").hexdigest())
    with pytest.raises(ClusterError, match="sha512"):
        archive.fetch(tmp_path / "cache", index)
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    "index",
    [
        pytest.param("no-index.yaml", id="404: the release page has moved"),
        pytest.param("page.html", id="a login page of some proxy"),
    ],
)
def test_where_there_is_no_archive_it_says_so_and_goes_on(
    published: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], index: str
) -> None:
    folder, url = published
    (folder / "page.html").write_text("<html>Sign in</html>")
    assert archive.fetch(tmp_path / "cache", f"{url}/{index}") is None
    assert "building with Go instead" in capsys.readouterr().err


def test_nothing_is_fetched_without_tls(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="not https"):
        archive.fetch(tmp_path / "cache", "http://example.com/index.yaml")


def test_kubebuilder_assets_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in versions.CONTROL_PLANE:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    assert binaries.ensure_binaries().folder == tmp_path


def test_kubebuilder_assets_that_lack_a_binary_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etcd").touch(mode=0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    with pytest.raises(ClusterError, match="lacks kube-apiserver, kubectl"):
        binaries.ensure_binaries()


def test_the_cache_is_found_and_the_build_is_preferred_to_downloads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = []
    for folder in ("envtest-1.35.9", "envtest-1.36.0", binaries.BUILT):
        (tmp_path / "scim-operator" / folder).mkdir(parents=True)
        for name in versions.CONTROL_PLANE:
            (tmp_path / "scim-operator" / folder / name).touch(mode=0o755)
        found.append(binaries.ensure_binaries().folder.name)
    assert found == ["envtest-1.35.9", "envtest-1.36.0", binaries.BUILT]


def test_without_go_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ClusterError, match=r"^Install Go \d\.\d+\.\d+ or later .*KUBEBUILDER_ASSETS.*\.$"):
        gobuild.go()


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The control plane is there; helm and promtool are neither in the cache nor on the PATH, and there is no Go."""
    for name in versions.CONTROL_PLANE:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("HELM", raising=False)
    monkeypatch.delenv("PROMTOOL", raising=False)
    return tmp_path


NOT_BUILT = [f"{name} is not built: its tools are not on this machine." for name in ("SCIMMY", "SCIM-SDK")]
"""What is said of servers by others, where neither node nor a JVM is there."""


def lines(out: str) -> tuple[list[str], list[str]]:
    """The paths that were printed, and what was said of what was not made."""
    found = out.splitlines()
    return [line for line in found if "not built" not in line], [line for line in found if "not built" in line]


def test_all_that_tests_need_is_made_by_one_command(
    assets: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("helm", "promtool"):
        (assets / f"my-{name}").touch(mode=0o755)
        monkeypatch.setenv(name.upper(), str(assets / f"my-{name}"))
    COMMANDS["binaries"]()
    made, others = lines(capsys.readouterr().out)
    assert made == [str(assets), str(assets / "my-helm"), str(assets / "my-promtool")]
    assert others == NOT_BUILT


def test_a_variable_that_names_no_command_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMTOOL", "no-such-promtool")
    with pytest.raises(ClusterError, match="PROMTOOL=no-such-promtool is not a command"):
        binaries.ensure_promtool()


@pytest.mark.parametrize(("said", "taken"), [("3.5.0 (branch: HEAD)", True), ("2.53.0 (branch: HEAD)", False)])
def test_a_command_on_the_path_does_if_it_is_of_our_major_version(
    assets: Path, monkeypatch: pytest.MonkeyPatch, said: str, taken: bool
) -> None:
    found = assets / "promtool"
    found.write_text(f"#!/bin/sh\necho 'promtool, version {said}'\n")
    found.chmod(0o755)
    monkeypatch.setenv("PATH", str(assets))
    if taken:
        assert binaries.ensure_promtool() == found
    else:
        with pytest.raises(ClusterError, match="Install Go"):
            binaries.ensure_promtool()


def test_without_helm_the_other_tests_run(assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    COMMANDS["binaries"]()
    out, err = capsys.readouterr()
    assert lines(out) == ([str(assets)], NOT_BUILT)
    assert err.startswith("Install Go ")
    assert "the tests of the chart fail, and the others run" in err
    assert "the tests of the alerts fail, and the others run" in err


def test_tools_are_pinned_and_named_as_their_commands() -> None:
    made = {name: package.partition("@")[0].rpartition("/")[2] for name, package in versions.TOOLS.items()}
    assert made == {name: name for name in versions.TOOLS}
    assert all(re.search(r"@v\d+\.\d+\.\d+$", package) for package in versions.TOOLS.values())


def test_a_tool_of_the_cache_is_taken(assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = assets / "cache" / "scim-operator" / f"krew-{versions.TOOLS['krew'].partition('@v')[2]}" / "krew"
    kept.parent.mkdir(parents=True)
    kept.touch(mode=0o755)
    COMMANDS["krew"]()
    assert capsys.readouterr().out == f"{kept}\n"


def test_a_tool_that_is_not_there_is_built_with_go(assets: Path) -> None:
    with pytest.raises(ClusterError, match=r"^Install Go "):
        binaries.ensure_tool("krew")
