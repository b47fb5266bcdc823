"""The official envtest archive: etcd, kube-apiserver and kubectl, as controller-tools releases them."""

from __future__ import annotations

import hashlib
import http.client
import platform
import re
import sys
import tarfile
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, NamedTuple

from tools.cluster import cache, versions
from tools.cluster.progress import EVERY_SECONDS, ClusterError, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INDEX = "https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml"
_CONNECT_SECONDS = 5.0
_NAME = re.compile(r"envtest-v(?P<release>\d+\.\d+\.\d+)-(?P<platform>\w+-\w+)\.tar\.gz")
_UNREACHABLE = (urllib.error.URLError, http.client.HTTPException, OSError)


class Archive(NamedTuple):
    """One release of the archive for one platform, with the sha512 that its publisher gives for it."""

    release: tuple[int, ...]
    platform: str
    url: str
    sha512: str

    @property
    def folder(self) -> str:
        """Return its directory in the cache."""
        return "envtest-" + ".".join(map(str, self.release))


def this_platform() -> str:
    machine = platform.machine().lower()
    return f"{sys.platform}-{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"


def parse_index(text: str) -> Iterator[Archive]:
    """Yield the archives named in envtest-releases.yaml: a name, then its `hash:` and `selfLink:`, in either order."""
    for name, first, second in re.findall(r"(envtest-\S+\.tar\.gz):\s+(\w+: \S+)\s+(\w+: \S+)", text):
        named = _NAME.fullmatch(name)
        fields = dict(field.split(": ", 1) for field in (first, second))
        if named and fields.keys() == {"hash", "selfLink"}:
            release = tuple(map(int, named["release"].split(".")))
            yield Archive(release, named["platform"], fields["selfLink"], fields["hash"])


def choose(archives: Iterator[Archive], wanted_platform: str) -> Archive | None:
    """Return the newest archive for this platform that is not newer than our Kubernetes."""
    fitting = [a for a in archives if a.platform == wanted_platform and a.release <= versions.RELEASE]
    return max(fitting, default=None)


def fetch(into: Path, index: str = INDEX) -> Path | None:
    """Download, verify and unpack the archive below the cache `into`; None, with a line why, where it cannot be had."""
    try:
        with _open(index) as answer:
            chosen = choose(parse_index(answer.read().decode()), this_platform())
        if chosen is None:
            say(f"no envtest archive for {this_platform()}; building with Go instead")
            return None
        return _unpack(chosen, into)
    except _UNREACHABLE as error:
        say(f"the envtest archive is out of reach ({_reason(error)}); building with Go instead")
        return None


def _reason(error: BaseException) -> str:
    return str(getattr(error, "reason", None) or error)


def _unpack(archive: Archive, into: Path) -> Path:
    folder = into / archive.folder
    with cache.workspace(into) as made:
        _download(archive, made / "archive")
        with tarfile.open(made / "archive") as tar:
            for member in tar:
                _unpack_one(tar, member, made, folder)
    return folder


def _unpack_one(tar: tarfile.TarFile, member: tarfile.TarInfo, made: Path, folder: Path) -> None:
    """Take one of the three binaries; its path in the archive is not trusted, only its last part is read."""
    name = member.name.rpartition("/")[2]
    source = tar.extractfile(member) if member.isfile() and name in versions.CONTROL_PLANE else None
    if source is not None:
        (made / name).write_bytes(source.read())
        cache.install(made / name, folder / name)


def _open(url: str) -> http.client.HTTPResponse:
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise ClusterError(f"The release index names {url}, which is not https; nothing was downloaded.")
    answer: http.client.HTTPResponse = urllib.request.urlopen(url, timeout=_CONNECT_SECONDS)  # noqa: S310 - seen to be https
    return answer


def _download(archive: Archive, target: Path) -> None:
    say(f"downloading {archive.url}")
    digest = hashlib.sha512()
    with _open(archive.url) as answer, target.open("wb") as file:
        for chunk in _chunks(answer, int(answer.headers.get("Content-Length") or 0)):
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != archive.sha512:
        raise ClusterError(f"{archive.url} has not the sha512 that its release publishes; nothing was installed.")


def _chunks(answer: http.client.HTTPResponse, total: int) -> Iterator[bytes]:
    done, next_line = 0, time.monotonic() + EVERY_SECONDS
    while chunk := answer.read(1 << 20):
        yield chunk
        done += len(chunk)
        if time.monotonic() > next_line:
            say(f"downloading the envtest archive … {done >> 20} of {total >> 20} MiB")
            next_line += EVERY_SECONDS
