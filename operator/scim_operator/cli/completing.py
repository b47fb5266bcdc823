"""What the Tab key offers: names from the cluster, or from the directory that a command reads.

Never slow and never in the way: what is not known within a moment is not offered, and no error is shown.
"""

from __future__ import annotations

import asyncio
import os
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem

from scim_operator.core.keys import Kind
from scim_operator.core.printing import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import click

    Read = Callable[[click.Context, str, str], Iterable[str]]
    """Names for a context, a kind and a prefix."""
    Completion = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

CONFIG = "ProvisioningConfig"
SECONDS, SECONDS_VARIABLE = 1.0, "SCIM_OPERATOR_COMPLETION_SECONDS"
"""How long names are looked for, and what sets another time for a cluster that is far away."""
MOST = 200
"""Names that are offered."""
PAGE = 500


def objects(read: Read) -> Completion:
    """Return the completion of KIND/NAME, with the names that are read; without a slash those of each kind that fits.

    A kind alone is not offered: shells put a blank behind what is complete.
    """

    def complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        kind, slash, name = incomplete.partition("/")
        typed = f"{kind.lower()}{slash}"
        kinds = [each for each in Kind if f"{each.value.lower()}/".startswith(typed)]
        found = ((each, one) for each in kinds for one in _safely(read, context, each.value, name))
        return _offered(f"{each.value.lower()}/{one}" for each, one in found)

    return complete


def names(kind: str, read: Read) -> Completion:
    """Return the completion of names of one kind."""
    return lambda context, _, incomplete: _offered(_safely(read, context, kind, incomplete))


def _offered(found: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in islice(found, MOST)]


def _safely(read: Read, context: click.Context, kind: str, prefix: str) -> Iterator[str]:
    """Yield names that begin so and are harmless; whatever goes wrong, there are none."""
    try:
        found = [name for name in read(context, kind, prefix) if name.startswith(prefix) and one_line(name) == name]
    except Exception:  # noqa: BLE001 - a prompt is no place for an error
        found = []
    yield from sorted(set(found))


def in_cluster(context: click.Context, kind: str, prefix: str) -> list[str]:
    """Return names of a kind in the namespace that the command line asks, as far as they are read in time."""
    from scim_operator.kube import client, credentials  # noqa: F401, PLC0415 - for this alone, before time counts

    found: list[str] = []
    asyncio.run(_within(_read(context.params, kind, prefix, found)))
    return found


def _patience() -> float:
    """Return the seconds for which names are looked for."""
    try:
        return float(os.environ.get(SECONDS_VARIABLE, SECONDS))
    except ValueError:
        return SECONDS


async def _within(work: Any) -> None:  # noqa: ANN401 - a coroutine
    # Not wait_for: what takes longer is left behind, and what was found by then is offered.
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=_patience())
    if not done:
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _read(given: dict[str, Any], kind: str, prefix: str, found: list[str]) -> None:
    from scim_operator.kube.client import KubeClient, Target  # noqa: PLC0415 - for this alone
    from scim_operator.kube.credentials import find_credentials  # noqa: PLC0415
    from scim_operator.kube.resources import CONFIGS, OF_KIND  # noqa: PLC0415

    credentials = find_credentials(given.get("kubeconfig"), given.get("context"))
    resource = CONFIGS if kind == CONFIG else OF_KIND[Kind(kind)]
    target, token = Target(resource, given.get("namespace") or credentials.namespace), ""
    async with KubeClient(credentials, person=True) as client:
        while len(found) < MOST:
            page = await client.page(target, limit=PAGE, token=token)
            listed = [each["metadata"]["name"] for each in page.items]
            found += [name for name in listed if name.startswith(prefix)]
            token = page.next
            # The API server lists by name: behind the last one that begins so, no other one does.
            if not token or (listed and listed[-1] > prefix and not listed[-1].startswith(prefix)):
                return


def in_directory(context: click.Context, kind: str, prefix: str) -> list[str]:
    """Return names of a kind in the manifests of the directory that the command reads, as far as read in time."""
    from scim_operator.local.manifests import collect, is_read  # noqa: PLC0415 - for this alone

    found: list[str] = []
    until = time.monotonic() + _patience()
    # On a line that ends within an option, arguments are not told apart yet.
    given = next(iter(context.args), "") or context.params.get("directory")
    for file in _files(Path(given or ".")):
        if time.monotonic() > until or len(found) >= MOST:
            break
        if is_read(file.name):
            manifests = collect([file]).manifests
            found += [each.name for each in manifests if each.kind == kind and each.name.startswith(prefix)]
    return found


def _files(place: Path) -> Iterator[Path]:
    """Yield the files of a directory and of those below it that are not hidden, or the one file."""
    if place.is_file():
        yield place
    for folder, below, files in os.walk(place):
        below[:] = sorted(name for name in below if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files))


cluster_objects = objects(in_cluster)
cluster_configs = names(CONFIG, in_cluster)
cluster_users = names(Kind.USER.value, in_cluster)
cluster_groups = names(Kind.GROUP.value, in_cluster)
directory_objects = objects(in_directory)
directory_configs = names(CONFIG, in_directory)
directory_users = names(Kind.USER.value, in_directory)
directory_groups = names(Kind.GROUP.value, in_directory)
