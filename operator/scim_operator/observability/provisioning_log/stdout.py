"""Records as lines of JSON on standard output, one line a record; the operator's own log goes to standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO

from scim_operator.observability.provisioning_log.record import packed_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scim_operator.observability.provisioning_log.record import Record


class Lines:
    """The place that is a stream."""

    name = "stdout"

    def __init__(self, stream: BinaryIO | None = None) -> None:
        self._stream = stream or sys.stdout.buffer

    def write(self, records: Sequence[Record]) -> None:
        """Write each as one line."""
        self._stream.write(b"".join(packed_record(record) + b"\n" for record in records))
        self._stream.flush()

    def tidy(self) -> None:
        """There is nothing to tidy."""

    def close(self) -> None:
        """The stream is not ours to close."""
