"""A notifier for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.api.notifications import Notification
    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.report.notice import Notice


class Told:
    """A notifier that keeps what it was given."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def notify(self, key: ConfigKey, targets: Sequence[Notification], notice: Notice) -> None:
        self.notices.append(notice)

    def forget(self, key: ConfigKey) -> None: ...

    async def close(self) -> None: ...

    @property
    def topics(self) -> list[str]:
        return [str(notice.topic) for notice in self.notices]
