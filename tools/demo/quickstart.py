"""examples/quickstart as the demo applies it: a kustomize overlay that points it at the demo's simulator."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

EXAMPLE = Path(__file__).parents[2] / "examples" / "quickstart"
INTERVAL = "10s"

_OVERLAY = """\
resources:
- {example}
secretGenerator: # the token may go to the demo's simulator instead
- {{name: vmware-scim, namespace: identity, behavior: merge, literals: ["hosts={host}"]}}
generatorOptions: {{disableNameSuffixHash: true}}
sortOptions: {{order: legacy, legacySortOptions: {{orderLast: [ProvisioningConfig]}}}}
patches:
- target:
    kind: ProvisioningConfig
  patch: |
    - {{op: replace, path: /spec/service/url, value: "{url}"}}
    - {{op: add, path: /spec/mode, value: Plan}}
    - {{op: add, path: /spec/interval, value: {interval}}}
"""


def write_overlay(folder: Path, url: str) -> tuple[Path, str]:
    """Write the overlay into a new folder; gives that folder and the text of its kustomization."""
    overlay = folder / "overlay"
    overlay.mkdir()
    # Kustomize takes a base by a relative path only.
    example = os.path.relpath(EXAMPLE, overlay.resolve())
    text = _OVERLAY.format(example=example, url=url, host=urlsplit(url).netloc, interval=INTERVAL)
    (overlay / "kustomization.yaml").write_text(text)
    return overlay, text
