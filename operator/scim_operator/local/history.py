"""The history of a directory in Git: the commits of the first line that changed it, and the files that each changed.

The first line is that of first parents: on a branch where changes are merged, its commits are the reviewed merges.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scim_operator.errors import InvalidSpec
from scim_operator.local.files import size
from scim_operator.local.git import folder_below, opened, top_level
from scim_operator.local.manifests import MAX_FILE, is_kustomization, is_read
from scim_operator.local.revisions import FILE_MODES, REVISION, bodies
from scim_operator.review.access.commits import Commit, Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from scim_operator.local.git import Repository

MOST = 1 << 30
"""Bytes that are taken of one answer of Git."""
TOGETHER = 32 << 20
"""Bytes of files that are read at once."""
INSTEAD = "give --no-history"
LINK = "120000"
_FIELDS = "%H%x00%P%x00%an%x00%ae%x00%ct%x00%B"
_LATEST = 253_402_300_799
"""The last second that a date can say."""


class NoHistory(InvalidSpec):
    """The directory has no history that could be read; the message says why."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of the directory, by its path from there, before and after a commit; "" where there is none.

    `linked`: it is a link now, which is not followed.
    """

    path: str
    before: str
    after: str
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One commit, and the files that it changed against its first parent."""

    commit: Commit
    files: tuple[FileChange, ...]


@dataclass(frozen=True, slots=True)
class History:
    """The commits of the first line that changed the directory, the oldest first.

    `tip` is the commit that was asked for, which need not have changed it. `cut`: a shallow clone ends at `first`.
    """

    tip: Commit
    changes: tuple[Change, ...]
    first: Commit
    cut: bool = False


@dataclass(slots=True)
class GitDirectory:
    """A directory of an opened repository; `folder` is its path from the top, with the slash, "" for the top."""

    _repository: Repository
    folder: str
    _sizes: dict[str, int] = field(default_factory=dict)

    def commit_of(self, revision: str) -> str:
        """Return the commit that a revision names. Errors: InvalidSpec, for what is none, or no one knows."""
        if not REVISION.fullmatch(revision):
            raise InvalidSpec(f"{revision!a} is not a revision; give a date, a branch, a tag or a commit.")
        return self._repository.commit_of(revision, f"the revision {revision}")

    @property
    def has_commit(self) -> bool:
        """Return whether HEAD is a commit: in a new repository it is none yet."""
        return not self._repository.ask(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])[0]

    @property
    def remote(self) -> str:
        """Return the address that the repository fetches from, as it stands there; "" for none."""
        return self._repository.remote

    def last(self, path: str) -> Commit | None:
        """Return the commit of the first line of HEAD that changed a file last; None where none did."""
        words = ["--first-parent", "--max-count=1", "HEAD", "--", f"{self.folder}{path}"]
        return next(self._commits(words), None)

    def before(self, instant: datetime, tip: str) -> str:
        """Return the last commit of the first line until an instant, by the date of the commit; "" for none."""
        seconds = max(0, int(instant.timestamp()))
        words = ["rev-list", "--first-parent", "--max-count=1", f"--min-age={seconds}", tip, "--"]
        return self._ask(words, "the history").decode().strip()

    def history(self, tip: str) -> History:
        """Return the history up to a commit."""
        commits = list(self._commits(["--first-parent", tip, "--", *self._paths()]))
        roots = self._ask(["rev-list", "--first-parent", "--max-parents=0", tip, "--"], "the history").decode().split()
        first = self._one(roots[-1])
        files = self._changed(commits)
        changes = tuple(Change(each, files.get(each.id, ())) for each in reversed(commits))
        return History(self._one(tip), changes, first, cut=first.id in self._repository.shallow)

    def merged(self, commit: Commit) -> list[Commit]:
        """Return the commits that changed the directory and came with a merge; as far as a shallow clone has them."""
        if not commit.is_merge:
            return []
        first, *others = commit.parents
        words = ["--max-count=1000", *others, f"^{first}", "--", *self._paths()]
        try:
            return list(self._commits(words))
        except InvalidSpec:  # a parent is beyond the end of a shallow clone
            return []

    def read(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes | str]]:
        """Yield each file of these ids with its content, or with why it has none that is read."""
        self._weigh(ids)
        together: list[str] = []
        room = 0
        for id in ids:
            length = self._sizes[id]
            if length < 0 or length > MAX_FILE:
                why = "is missing in this clone, which is a partial one" if length < 0 else _too_large()
                yield id, why
                continue
            if together and room + length > TOGETHER:
                yield from self._bodies(together, room)
                together, room = [], 0
            together.append(id)
            room += length + 128
        yield from self._bodies(together, room)

    def _bodies(self, ids: Sequence[str], room: int) -> Iterator[tuple[str, bytes]]:
        if ids:
            asked = "".join(f"{id}\n" for id in ids).encode()
            yield from zip(ids, bodies(self._ask(["cat-file", "--batch"], "files", asked, most=room)), strict=True)

    def _weigh(self, ids: Iterable[str]) -> None:
        unknown = [id for id in ids if id not in self._sizes]
        asked = "".join(f"{id}\n" for id in unknown).encode()
        told = self._ask(["cat-file", "--batch-check"], "files", asked, most=MOST).decode().splitlines()
        for id, line in zip(unknown, told, strict=True):
            last = line.split()[-1]
            self._sizes[id] = int(last) if last.isdigit() else -1

    def tree(self, commit: str) -> dict[str, tuple[str, bool]]:
        """Return the id of each file of the directory that may be read, and whether it is a link instead."""
        words = ["ls-tree", "-r", "-z", "--full-tree", commit, *self._separated()]
        found = {}
        for line in filter(None, _text(self._ask(words, commit, most=MOST)).split("\0")):
            about, _, path = line.partition("\t")
            mode, _, id = about.split()
            name = path.removeprefix(self.folder)
            if is_counted(name) and (mode in FILE_MODES or mode == LINK):
                found[name] = (id, mode == LINK)
        return found

    def _one(self, id: str) -> Commit:
        return next(self._commits(["--max-count=1", id, "--"]))

    def _commits(self, words: Sequence[str]) -> Iterator[Commit]:
        asked = ["log", "-z", "--no-color", "--no-show-signature", "--encoding=UTF-8", f"--format=tformat:{_FIELDS}"]
        fields = self._ask([*asked, *words], "the history", most=MOST).decode(errors="replace").split("\0")
        for at in range(0, len(fields) - 5, 6):
            id, parents, name, email, seconds, message = fields[at : at + 6]
            date = datetime.fromtimestamp(min(max(int(seconds or 0), 0), _LATEST), UTC)
            yield Commit(id, tuple(parents.split()), Person(name, email), date, message)

    def _changed(self, commits: Iterable[Commit]) -> Mapping[str, tuple[FileChange, ...]]:
        """Return what each commit changed against its first parent, all of it for the first commit of all."""
        pairs = "".join(f"{' '.join((each.id, *each.parents[:1]))}\n" for each in commits).encode()
        words = ["diff-tree", "--stdin", "-r", "-z", "--root", "--no-renames", "--no-abbrev", "--no-ext-diff"]
        fields = iter(_text(self._ask([*words, *self._separated()], "the history", pairs, most=MOST)).split("\0"))
        found: dict[str, list[FileChange]] = {}
        id = ""
        for word in filter(None, fields):
            if word.startswith(":"):
                found[id] += self._file(word, next(fields))
            else:
                id = word
                found[id] = []
        return {id: tuple(files) for id, files in found.items()}

    def _file(self, about: str, path: str) -> Iterator[FileChange]:
        old_mode, mode, before, after, _ = about[1:].split()
        name = path.removeprefix(self.folder)
        if is_counted(name):
            yield FileChange(
                name,
                before if old_mode in FILE_MODES else "",
                after if mode in FILE_MODES else "",
                linked=mode == LINK,
            )

    def _paths(self) -> list[str]:
        return [self.folder] if self.folder else []

    def _separated(self) -> list[str]:
        return ["--", self.folder] if self.folder else []

    def _ask(self, words: Sequence[str], what: str, given: bytes = b"", *, most: int = MOST) -> bytes:
        return self._repository.asked(words, what, given, most=most)


def is_counted(name: str) -> bool:
    """Return whether a file is read, by its path from the directory."""
    return is_read(name) and not is_kustomization(name)


def _too_large() -> str:
    return f"is larger than {size(MAX_FILE)}"


def _text(output: bytes) -> str:
    return output.decode(errors="surrogateescape")


@contextmanager
def git_directory(directory: Path) -> Iterator[GitDirectory]:
    """Provide the history of a directory. Errors: NoHistory, where it is in no repository; NoGit."""
    place = Path(directory).resolve()
    top = top_level(place)
    if top is None:
        raise NoHistory(f"{directory} is in no Git repository")
    with opened(top, place, INSTEAD) as repository:
        yield GitDirectory(repository, folder_below(top, place))


def in_order(history: History) -> History:
    """Return the same with dates that never go back: clocks differ, and a later commit is later."""
    latest = datetime.min.replace(tzinfo=UTC)
    changes = []
    for each in history.changes:
        latest = max(latest, each.commit.date)
        changes.append(replace(each, commit=replace(each.commit, date=latest)))
    return replace(history, changes=tuple(changes))
