"""What must never be shown of the records of a job, noted before anything of them is written or logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.job.base.discretion import sensitive_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.keys import ResourceType
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.settings import Settings
    from scim_operator.job.gather.mapping import Mapper


class Concealment:
    """Puts the sensitive values of records under the veil of the settings."""

    def __init__(self, settings: Settings, mappers: Mapping[ResourceType, Mapper]) -> None:
        self._settings = settings
        self._mappers = mappers
        self.covers = settings.covers

    def cover(self, record: SourceRecord) -> None:
        """Note what of the record must never be shown."""
        type = record.key.kind.resource_type
        if type in self.covers:
            rules, mapped = self._settings.rules[type], {}
            if any(each.sensitive and each.expression for each in rules.mappings):  # what it gives stands nowhere else
                mapped = self._mappers[type].map(record, record.document, creating=True).attributes
            self._settings.veil.cover(sensitive_values(rules, record, mapped))
