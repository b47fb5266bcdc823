"""What Git says of users and groups: which commit changed a manifest last, and since when people have access."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.local.access import Question, answer
from scim_operator.local.history import NoHistory, git_directory
from scim_operator.local.manifests import collect
from scim_operator.review.access.forge import commit_address

if TYPE_CHECKING:
    from pathlib import Path

    from scim_operator.local.manifests import Collection
    from scim_operator.review.access.answer import Answer
    from scim_operator.review.access.commits import Commit


@dataclass(frozen=True, slots=True)
class GitNote:
    """What Git says of one object. `file` has its manifest, and `last` changed that file last; None: no commit did.

    `remote` is the address that the checkout fetches from, as it stands there: only `address` makes a link of it.
    """

    file: str
    last: Commit | None
    remote: str
    answer: Answer

    def address(self, commit: str) -> str:
        """Return the page of a commit at GitHub or GitLab, "" for none."""
        return commit_address(self.remote, commit)


class Checkout:
    """A directory of manifests, in Git or not; `collection` has what was read there."""

    def __init__(self, directory: Path, collection: Collection | None = None) -> None:
        self._directory = directory
        found = collection if collection is not None else collect([directory])
        self._unnamed = found.namespace
        self._files = {(each.kind, each.namespace, each.name): found.at(each.source.name) for each in found.manifests}

    async def note(self, key: ObjectKey, config: str) -> GitNote | None:
        """Return what Git says, by the ProvisioningConfig of this name; None for a file. Errors: InvalidSpec, NoGit."""
        return await asyncio.to_thread(self._note, key, config)

    def _note(self, key: ObjectKey, config: str) -> GitNote | None:
        group, user = (key.name, "") if key.kind is Kind.GROUP else ("", key.name)
        asked = Question(self._directory, group, user, config=config, namespace=key.namespace)
        if not self._directory.is_dir():
            return None  # one file of manifests has no history that is asked for
        found = answer(asked, datetime.now(UTC))
        places = ((key.kind.value, place, key.name) for place in (key.namespace, self._unnamed))
        file = next((self._files[place] for place in places if place in self._files), "")
        try:
            with git_directory(self._directory) as directory:
                last = directory.last(file) if file and directory.has_commit else None
                return GitNote(file, last, directory.remote, found)
        except NoHistory:
            return GitNote(file, None, "", found)
