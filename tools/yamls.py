"""YAML as PyYAML's safe loader reads it, read by libyaml in a tenth of the time: our CRDs are large."""

from __future__ import annotations

from typing import Any

import yaml


def read(text: str) -> Any:  # noqa: ANN401 - any YAML value
    """Return the value of a document."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def read_all(text: str) -> list[Any]:
    """Return the values of all documents, empty ones left out."""
    return [one for one in yaml.load_all(text, Loader=yaml.CSafeLoader) if one]
