"""The revision in Git that a manifest came from, where the tool that applied it records one.

Neither Argo CD's tracking id nor Flux's labels carry one; both can be configured to add an annotation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN = "scim-operator.io/revision"
"""Ours, for any tool that applies manifests: Argo CD's commonAnnotations, Flux' commonMetadata, a pipeline."""
CONFIG_SYNC = "configmanagement.gke.io/token"
"""The commit that Config Sync applied the object from."""
KUSTOMIZE_ORIGIN = "config.kubernetes.io/origin"
"""What kustomize's `buildMetadata: [originAnnotations]` adds; `ref:` is there for remote bases only."""

REVISION_ANNOTATIONS = (OWN, CONFIG_SYNC, KUSTOMIZE_ORIGIN)
"""By precedence."""

_REF = re.compile(r"^ref:[ \t]*(\S+)", re.MULTILINE)
LONGEST = 200


def revision_of(annotations: Mapping[str, str]) -> str:
    """Return the revision that the annotations name, at most LONGEST characters of it; "" without one."""
    for name in REVISION_ANNOTATIONS:
        text = annotations.get(name, "").strip()
        if name == KUSTOMIZE_ORIGIN:
            found = _REF.search(text)
            text = found.group(1) if found else ""
        if text:
            return text[:LONGEST]
    return ""
