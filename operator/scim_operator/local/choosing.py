"""Which config and which namespace of a directory are meant, and which user or group by a name."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.errors import InvalidSpec
from scim_operator.local.pieces import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.local.chronicle import Manifests
    from scim_operator.local.pieces import Identity

FEW = 3


def chosen_config(manifests: Manifests, name: str) -> Identity | None:
    """Return the config that decides who is in scope, None where there is none at all. Errors: InvalidSpec."""
    every = sorted({*manifests.broken(), *(each.identity for each in manifests.entries())})
    configs = [each for each in every if each[0] == CONFIG]
    found = [each for each in configs if not name or name in (each[2], f"{each[1]}/{each[2]}")]
    if name and not found:
        raise InvalidSpec(
            f"There is no {CONFIG} {name} among the manifests{near(name, [each[2] for each in configs])}."
        )
    if len(found) > 1:
        names = ", ".join(f"{namespace}/{name}" for _, namespace, name in found)
        raise InvalidSpec(f"There are several {CONFIG}s: {names}. Choose one with --config.")
    if found and manifests.entry(found[0]) is None:
        why = next((f" {each.file}:{each.line}: {each.message}" for each in manifests.faults()), "")
        raise InvalidSpec(f"Who is in scope is not known while the config {found[0][2]} has errors; correct it.{why}")
    return found[0] if found else None


def chosen_namespace(manifests: Manifests, config: Identity | None, name: str) -> str:
    """Return the namespace that is looked at: the config's, or the only one. Errors: InvalidSpec."""
    if config is not None:
        return config[1]
    kinds = {kind.value for kind in Kind}
    found = sorted({each.identity[1] for each in manifests.entries() if each.identity[0] in kinds})
    if len(found) == 1:
        return found[0]
    if name in found:
        return name
    if not found:
        raise InvalidSpec("There is no ScimUser and no ScimGroup among the manifests; correct the path.")
    raise InvalidSpec(
        f"There are manifests of several namespaces and no {CONFIG}: {', '.join(found)}. Choose with --namespace."
    )


def chosen_name(asked: str, titles: Mapping[str, str], *, part: bool) -> str | None:
    """Return the name of the manifest that is meant, by its name or title; with `part`, by a title's part before @.

    None where there is none. Errors: InvalidSpec, where there are several.
    """
    if asked in titles:
        return asked
    wanted = asked.casefold()
    found = [name for name, title in titles.items() if title.casefold() == wanted]
    if not found and part:
        found = [name for name, title in titles.items() if title.casefold().startswith(f"{wanted}@")]
    if len(found) > 1:
        raise InvalidSpec(f"{asked} may be any of {', '.join(sorted(found))}; give the name of the manifest.")
    return found[0] if found else None


def near(name: str, names: Iterable[str]) -> str:
    """Return a part of a sentence that names those that are spelt alike, "" for none."""
    found = difflib.get_close_matches(name, list(names), n=FEW)
    return f"; did you mean {' or '.join(found)}" if found else ""
