"""What of a manifest is shown: everything but what a config marks sensitive. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.wording import REDACTED
from scim_operator.errors import InvalidSpec
from scim_operator.job.base.settings import settings_of
from scim_operator.review.digests import insensitive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.records.record import SourceRecord


def shown_document(record: SourceRecord, configs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the document of a record; nothing but names where a config cannot say what is sensitive."""
    document = record.document
    for config in configs:
        try:
            document = insensitive(document, settings_of(config).rules[record.key.kind.resource_type])
        except InvalidSpec:
            return dict.fromkeys(record.document, REDACTED)
    return document
