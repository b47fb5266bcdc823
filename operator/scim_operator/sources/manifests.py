"""The files of an import: manifests as text, by path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.local.checks import API_VERSION
from scim_operator.sources.layout import files
from scim_operator.sources.yamltext import manifest_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scim_operator.sources.made import Made
    from scim_operator.sources.rules import ImportRules


def texts(manifests: Iterable[Made], rules: ImportRules, namespace: str) -> Mapping[str, Iterator[str]]:
    """Return the documents of each file, by its path; manifests name the namespace unless it is ""."""
    places = files(manifests, rules.layout, by_group=not rules.team)
    return {place: (manifest_text(body_of(each, namespace)) for each in several) for place, several in places.items()}


def body_of(made: Made, namespace: str) -> dict[str, Any]:
    """Return a manifest."""
    metadata = {"name": made.name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": API_VERSION, "kind": made.kind.value, "metadata": metadata, "spec": made.spec}
