"""Git, read as data: the objects of a repository, and nothing that its configuration could have run.

The repository belongs to the authors of the change under review. So Git never searches for it, and never reads its
configuration: it works in a directory of ours that borrows the objects and refs of the one that we found. Of the
configuration two words are read, which say in which format objects and refs are stored. What could run a command or
open a connection is switched off as well (docs/adr/0022-leaks.md).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, BinaryIO

from scim_operator.errors import InvalidSpec
from scim_operator.local.files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SECONDS = 60.0
"""Time limit of one call of Git."""

_SMALL = 1 << 20
_HEAD = re.compile(rb"(?:ref: refs/[^\0\n]+|[0-9a-f]{40}|[0-9a-f]{64})\n*\Z")
_HEADS = ("HEAD", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD")
_BORROWED = ("refs", "packed-refs", "logs", "reftable", "shallow")
_FORMATS = {"objectformat": ("sha1", "sha256"), "refstorage": ("files", "reftable")}

_SETTINGS = {
    "safe.bareRepository": "explicit",
    "protocol.allow": "never",
    **{f"protocol.{name}.allow": "never" for name in ("file", "git", "ssh", "http", "https", "ext", "fd")},
    "core.commitGraph": "false",  # it says again what commits say, and could say otherwise
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "core.alternateRefsCommand": "false",
    "core.sshCommand": "false",
    "core.askPass": "false",
    "core.editor": "false",
    "core.pager": "cat",
    "credential.helper": "",
    "gpg.program": "false",
}
_SWITCHES = ("--no-pager", "--no-replace-objects", "--literal-pathspecs", "--no-optional-locks")


class NoGit(InvalidSpec):
    """Git is not installed, or the directory is in no repository that can be read; the message says which."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Paths of a repository: `own` has the HEAD of this checkout, `common` the objects and refs of all checkouts."""

    own: Path
    common: Path


PREVIOUS = "give --previous instead"


class Repository:
    """Calls Git over borrowed objects and refs. `instead` says what to do where there is more than is read."""

    def __init__(self, place: Path, found: _Found, instead: str = PREVIOUS) -> None:
        self._place = place
        self._found = found
        self._instead = instead

    @property
    def shallow(self) -> frozenset[str]:
        """Return the commits at which a shallow clone was cut off."""
        try:
            return frozenset(read_regular(self._place / "shallow", _SMALL).decode("ascii", "replace").split())
        except OSError:
            return frozenset()

    @property
    def remote(self) -> str:
        """Return the address that the checkout fetches from, by its own configuration; "" for none."""
        words = ["config", "--file", "-", "--no-includes", "--get", "remote.origin.url"]
        try:
            body = read_regular(self._found.common / "config", _SMALL)
        except OSError:
            return ""
        return self.ask(words, body)[1].decode(errors="replace").strip()

    def commit_of(self, revision: str, what: str) -> str:
        """Return the commit that a revision names. Errors: as those of `asked`."""
        words = ["rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"]
        return self.asked(words, what).decode().strip()

    def asked(self, words: Sequence[str], what: str, given: bytes = b"", *, most: int = _SMALL) -> bytes:
        """Return at most `most` bytes of what Git answers. Errors: InvalidSpec, where it cannot read `what`; NoGit."""
        status, output, said = self.ask(words, given, most=most)
        if status:
            raise InvalidSpec(f"Git cannot read {what}: {said}")
        return output

    def ask(self, words: Sequence[str], given: bytes = b"", *, most: int = _SMALL) -> tuple[int, bytes, str]:
        """Run Git; return its exit status, at most `most` bytes of output, and the last line of its errors.

        Errors: NoGit when there is no Git, when it takes longer than SECONDS, or says more than `most` bytes.
        """
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
            stdin.write(given)
            stdin.seek(0)
            status, output = self._run([*self._command(), *words], (stdin, stderr), most)
            stderr.seek(0)
            said = stderr.read(_SMALL).decode(errors="replace").strip().splitlines()
        return status, output, said[-1] if said else "no reason given"

    def _run(self, command: list[str], files: tuple[BinaryIO, BinaryIO], most: int) -> tuple[int, bytes]:
        stdin, stderr = files
        process = subprocess.Popen(  # noqa: S603 - no shell
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=self._place,
            env=self._environment(),
            start_new_session=True,  # so that what Git started ends with it
        )
        late = Timer(SECONDS, _end, (process,))
        late.start()
        with process:
            assert process.stdout is not None  # noqa: S101 - asked for above
            output = process.stdout.read(most + 1)
            if len(output) > most:
                _end(process)
        late.cancel()
        if len(output) > most:
            raise NoGit(f"Git has more to say than the {most >> 20} MiB that are read; {self._instead}.")
        if process.returncode == -signal.SIGKILL:
            raise NoGit(f"Git takes longer than {SECONDS:.0f} s to read the repository; {self._instead}.")
        return process.returncode, output

    def _command(self) -> list[str]:
        git = shutil.which("git", path=_path())
        if git is None:
            raise NoGit(f"There is no git here to read the revision with; install it, or {self._instead}.")
        return [git, *_SWITCHES, *(word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}"))]

    def _environment(self) -> dict[str, str]:
        """Return Git's whole environment: without our tokens, and without any variable that could run something."""
        place = str(self._place)
        ours = {"PATH": _path(), "LC_ALL": "C", "HOME": place, "XDG_CONFIG_HOME": place, "GIT_DIR": place}
        objects = {"GIT_OBJECT_DIRECTORY": str(self._found.common / "objects"), "GIT_NO_REPLACE_OBJECTS": "1"}
        quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_ASKPASS": "false", "GIT_PAGER": "cat"}
        return {**ours, **objects, **quiet, **_NO_CONFIGURATION, **_NO_CONNECTION}


_NO_CONFIGURATION = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
}
_NO_CONNECTION = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_SSH_COMMAND": "false",
}


def top_level(directory: Path) -> Path | None:
    """Return the nearest directory, from this one upwards, that holds a `.git`; None where none does."""
    return next((place for place in (directory, *directory.parents) if os.path.lexists(place / ".git")), None)


def folder_below(top: Path, directory: Path) -> str:
    """Return the path of a directory from the top, with the slash, "" for the top itself; both paths are absolute."""
    folder = directory.relative_to(top).as_posix()
    return "" if folder == "." else f"{folder}/"


@contextmanager
def opened(top: Path, directory: Path, instead: str = PREVIOUS) -> Iterator[Repository]:
    """Provide the repository with its `.git` in `top`, above the directory under review; both paths are absolute.

    Errors: NoGit, where it is not to be followed.
    """
    found = _found(top / ".git")
    _check_owner(found, directory, instead)
    with tempfile.TemporaryDirectory(prefix="scim-operator-git-") as name:
        place = Path(name)
        _borrow(found, place)
        yield Repository(place, found, instead)


def _found(entry: Path) -> _Found:
    if entry.is_symlink():
        raise NoGit(f"{entry} is a link, which is not followed; put the repository itself there.")
    own = entry if entry.is_dir() else _pointed(entry)
    common = own / _line(own / "commondir") if own != entry and (own / "commondir").exists() else own
    return _Found(own, common.resolve())


def _pointed(entry: Path) -> Path:
    """Return where the `.git` file of a worktree or a submodule leads, if what is there knows of it."""
    leads = re.fullmatch(r"gitdir: (.+)", _line(entry))
    own = (entry.parent / leads[1]).resolve() if leads else entry
    if own != entry and (_is_worktree(own, entry) or _is_submodule(own, entry)):
        return own
    raise NoGit(f"{entry} leads to a repository that does not know of it; it is not followed.")


def _is_worktree(own: Path, entry: Path) -> bool:
    """Return whether `git worktree add` made this worktree: the repository then names its `.git` file in turn."""
    back = own / "gitdir"
    return back.is_file() and (own / _line(back)).resolve() == entry.resolve()


def _is_submodule(own: Path, entry: Path) -> bool:
    """Return whether it belongs to a submodule, which the repository above keeps among its own files."""
    above = top_level(entry.parent.parent)
    return above is not None and own.is_relative_to((_found(above / ".git").own / "modules").resolve())


def _check_owner(found: _Found, directory: Path, instead: str) -> None:
    """Raise NoGit for a repository of another account above the directory (CVE-2022-24765)."""
    if found.common.stat().st_uid not in (0, os.geteuid(), directory.stat().st_uid):
        raise NoGit(f"The repository {found.common} belongs to another account; {instead}.")


def _line(path: Path) -> str:
    """Return the one line of a small file of Git's."""
    try:
        return os.fsdecode(read_regular(path, _SMALL)).rstrip("\n")
    except OSError as error:
        raise NoGit(f"{path} cannot be read: {error.strerror}.") from None


def _borrow(found: _Found, place: Path) -> None:
    """Make `place` a repository of ours that has the objects and refs, and not the configuration, of the one found."""
    for name in _BORROWED:
        with suppress(FileNotFoundError):
            (place / name).symlink_to((found.common / name).resolve(strict=True))
    (place / "refs").mkdir(exist_ok=True)
    (place / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
    for name in _HEADS:
        with suppress(OSError):
            _keep_head(read_regular(found.own / name, _SMALL), place / name)
    if not (place / "HEAD").exists():
        (place / "HEAD").write_text("ref: refs/heads/main\n")
    (place / "config").write_text(_config(Repository(place, found), found))


def _keep_head(body: bytes, place: Path) -> None:
    if place.name == "FETCH_HEAD":
        body = body.partition(b"\t")[0] + b"\n"
    if _HEAD.match(body):
        place.write_bytes(body)


def _config(repository: Repository, found: _Found) -> str:
    """Return the configuration of our directory: only the formats in which objects and refs are stored."""
    lines = ["[core]", "\tbare = true", "\trepositoryformatversion = 1", "[extensions]"]
    with suppress(OSError):
        body = read_regular(found.common / "config", _SMALL)
        for name, known in _FORMATS.items():
            words = ["config", "--file", "-", "--no-includes", "--get", f"extensions.{name}"]
            said = repository.ask(words, body)[1].decode(errors="replace").strip().lower()
            lines += [f"\t{name} = {said}"] if said in known[1:] else []
    return "\n".join(lines) + "\n"


def _path() -> str:
    """Return the directories to search for Git: none that depends on the working directory."""
    return os.pathsep.join(filter(os.path.isabs, os.get_exec_path()))


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
