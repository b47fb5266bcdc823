"""Who has access, from a directory of manifests and its history in Git, or from the manifests of a cluster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from scim_operator.api.config import Mode
from scim_operator.core.keys import Kind
from scim_operator.core.printing import one_line
from scim_operator.core.wording import in_utc, some
from scim_operator.errors import InvalidSpec
from scim_operator.local.as_of import as_of
from scim_operator.local.choosing import chosen_config, chosen_name, chosen_namespace, near
from scim_operator.local.chronicle import Manifests, manifests_at, moments, standing
from scim_operator.local.files import read_regular
from scim_operator.local.history import NoHistory, git_directory, in_order
from scim_operator.local.manifests import DEFAULT_NAMESPACE, MAX_FILE
from scim_operator.local.pieces import Pieces, Text
from scim_operator.local.uncommitted import files_below, uncommitted
from scim_operator.review.access.answer import Answer
from scim_operator.review.access.memberships import Wanted
from scim_operator.review.access.present import Present
from scim_operator.review.access.rows import Rows
from scim_operator.review.access.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from scim_operator.local.history import GitDirectory, History
    from scim_operator.local.pieces import Identity
    from scim_operator.review.access.answer import Row
    from scim_operator.review.access.commits import Commit

_AS_JSON = "manifest.json"
FROM_CLUSTER = (
    "Read from the cluster. Since when is what the provisioning log says (provisioned); by whom, and since which "
    "commit, is in Git: give its directory."
)
FEW = 5
"""Names that are listed in a sentence."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `group`, `user`: one of them, or neither for everyone. `as_of`: a date, a revision, "" for now."""

    directory: Path
    group: str = ""
    user: str = ""
    as_of: str = ""
    config: str = ""
    namespace: str = ""
    history: bool = True


@dataclass(frozen=True, slots=True)
class _Found:
    """What a question is answered from: the manifests at its moment, and the history that leads there, if any."""

    manifests: Manifests
    config: Identity | None
    commit: Commit | None
    at: datetime
    notes: tuple[str, ...]
    history: History | None = None


def answer(question: Question, now: datetime) -> Answer:
    """Answer it. Errors: InvalidSpec, where there is no such directory, revision, group, user or config."""
    if not question.directory.is_dir():
        raise InvalidSpec(f"{question.directory} is no directory; give the one that has the manifests.")
    if not question.history:
        return _without(question, now, "The history was not read (--no-history).")
    try:
        with git_directory(question.directory) as directory:
            return _with(question, directory, now)
    except NoHistory as error:
        if question.as_of:
            raise InvalidSpec(f"{error}, so nothing is known of {question.as_of}; leave --as-of out.") from None
        return _without(question, now, f"{error}.")


def answer_of(question: Question, bodies: Iterable[Mapping[str, Any]], now: datetime) -> Answer:
    """Answer from the manifests of a cluster, as they are now; nothing is read of the directory. Errors: as above."""
    pieces = Pieces(question.namespace)
    manifests = Manifests(pieces)
    for body in bodies:
        name = f"{body['kind'].lower()}/{body['metadata']['name']}"
        manifests.put(name, pieces.read(_AS_JSON, orjson.dumps(body)))
    return _now(question, manifests, now, FROM_CLUSTER)


def _without(question: Question, now: datetime, why: str) -> Answer:
    """Answer from the files as they stand."""
    pieces = Pieces(question.namespace or DEFAULT_NAMESPACE)
    manifests = Manifests(pieces)
    for name in sorted(files_below(question.directory)):
        manifests.put(name, _text(question.directory / name, pieces))
    return _now(question, manifests, now, f"Not known: since when, and by whom. {why}")


def _now(question: Question, manifests: Manifests, now: datetime, note: str) -> Answer:
    config = chosen_config(manifests, question.config)
    return _answered(question, _Found(manifests, config, None, now, (note,)), None)


def _text(path: Path, pieces: Pieces) -> Text:
    try:
        return pieces.read(path.name, read_regular(path, MAX_FILE))
    except OSError as error:
        return Text(unreadable=f"cannot be read: {error.strerror}")


def _with(question: Question, directory: GitDirectory, now: datetime) -> Answer:
    if not question.as_of and not directory.has_commit:
        raise NoHistory(f"Nothing of {question.directory} is committed yet")
    when = as_of(question.as_of, directory, now)
    history = in_order(directory.history(when.commit))
    if not history.changes:
        where = f"At {history.tip.short} there" if question.as_of else "There"
        raise NoHistory(f"{where} is nothing of {question.directory} in any commit")
    pieces = Pieces(question.namespace or DEFAULT_NAMESPACE)
    manifests, links = manifests_at(directory, pieces, when.commit)
    config = chosen_config(manifests, question.config)
    at = when.at or max(history.tip.date, history.changes[-1].commit.date)
    notes = tuple(_notes(question, directory, history, links))
    return _answered(question, _Found(manifests, config, history.tip, at, notes, history), (directory, pieces))


def _answered(question: Question, found: _Found, source: tuple[GitDirectory, Pieces] | None) -> Answer:
    namespace = chosen_namespace(found.manifests, found.config, question.namespace)
    wanted = Wanted(namespace, found.config is not None)
    moment = standing(found.manifests, found.commit, found.at, found.config)
    present = Present(moment, namespace, found.at)
    group, user = (_named(present, each, asked) for each, asked in _asked(question))
    walk = _walked(found, source, replace(wanted, group=group or "", user=user or "")) if source is not None else None
    if walk is not None and (obscure := walk.moments[-1].obscure - moment.obscure):
        present = Present(replace(moment, obscure=moment.obscure | obscure), namespace, found.at)
    for kind, asked in _asked(question):
        if asked and (group if kind is Kind.GROUP else user) is None:
            raise InvalidSpec(_absence(present, walk, kind, asked, found))
    cut = found.history is not None and found.history.cut
    rows = Rows(present, walk, source[0].merged if source is not None else lambda _: (), cut=cut)
    return Answer(
        asked=" ".join(f"{kind.value} {name}" for kind, name in _asked(question) if name) or "everyone",
        directory=str(question.directory),
        namespace=namespace,
        config=str(present.settings.key) if present.settings is not None else "",
        at=found.at,
        commit=found.commit,
        rows=tuple(_rows(rows, group, user)),
        first=found.history.first if found.history is not None else None,
        cut=cut,
        commits=len(found.history.changes) if found.history is not None else 0,
        faults=moment.faults,
        notes=(*found.notes, *_about(present, question.group or question.user, group)),
    )


def _asked(question: Question) -> tuple[tuple[Kind, str], ...]:
    return (Kind.GROUP, question.group), (Kind.USER, question.user)


def _named(present: Present, kind: Kind, asked: str) -> str | None:
    titles = {name: present.named(kind, name).title for name in present.names(kind)}
    return chosen_name(asked, titles, part=kind is Kind.USER) if asked else None


def _walked(found: _Found, source: tuple[GitDirectory, Pieces], wanted: Wanted) -> Walk:
    assert found.history is not None  # noqa: S101 - where there is a source, there is a history
    walk = Walk(wanted)
    for moment in moments(found.history, *source, found.config):
        walk.take(moment)
    walk.finish(found.at)
    return walk


def _absence(present: Present, walk: Walk | None, kind: Kind, asked: str, found: _Found) -> str:
    """Return that there is no such user or group, until when there was one, and which are spelt alike."""
    there = f" at {found.commit.short}" if found.commit is not None else ""
    gone = walk.gone.get(present.key(kind, asked)) if walk is not None else None
    if walk is not None and gone is not None and (commit := walk.moments[gone].commit) is not None:
        return (
            f"There is no {kind.value} {asked}{there}: commit {commit.short} of {in_utc(commit.date)} removed it. For "
            f"the access before that, give --as-of {commit.short}~1."
        )
    titles = [present.named(kind, name).title for name in present.names(kind)]
    return f"There is no {kind.value} {asked}{there}{near(asked, [*present.names(kind), *filter(None, titles)])}."


def _rows(rows: Rows, group: str | None, user: str | None) -> Iterator[Row]:
    if group is not None:
        return rows.of_group(group)
    return rows.of_user(user) if user is not None else rows.of_all()


def _notes(question: Question, directory: GitDirectory, history: History, links: Sequence[str]) -> Iterator[str]:
    """Yield what is to be known about the history."""
    if history.cut:
        yield (
            f"This clone is shallow: its history begins at {history.first.short}, {in_utc(history.first.date)}. What "
            "is said to be since then may be older; fetch all of it (git fetch --unshallow)."
        )
    if links:
        yield f"Links are not followed: {_few(links)}."
    if not question.as_of:
        tree = {path: id for path, (id, linked) in directory.tree(history.tip.id).items() if not linked}
        if different := uncommitted(question.directory, tree):
            yield f"Not committed, and not counted: what is changed in {_few(different)}."


def _about(present: Present, asked: str, group: str | None) -> Iterator[str]:
    """Yield what is to be known about the config and the groups."""
    settings = present.settings
    if settings is None:
        yield "There is no ProvisioningConfig: everyone who is active is taken to be in scope."
    elif settings.spec.suspend or settings.spec.mode is Mode.PLAN:
        field = "spec.suspend is true" if settings.spec.suspend else "spec.mode is Plan"
        yield f"{field} in {settings.key}: nothing is sent, so this is what Git asks for, and not what is there."
    groups = [group] if group is not None else [] if asked else present.names(Kind.GROUP)
    if hidden := [each for each in groups if present.is_obscure(each)]:
        yield f"Who is in these groups is not known, for they cannot be read: {_few(hidden)}."
    if others := [each for each in groups if present.additive(each)]:
        yield f"At the service these groups may have members of whom Git does not know: {_few(others)}."


def _few(names: Sequence[str]) -> str:
    return some(names, FEW, one_line)
