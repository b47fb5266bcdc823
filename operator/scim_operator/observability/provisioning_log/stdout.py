"""Records as lines of JSON on standard output, one line a record; the operator's own log goes to standard error."""

from __future__ import annotations

import sys
from io import FileIO
from typing import TYPE_CHECKING

from scim_operator.core.printing import in_json
from scim_operator.observability.provisioning_log.record import packed_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import BytesIO, RawIOBase

    from scim_operator.observability.provisioning_log.record import Record


class Lines:
    """Keeps records in a stream."""

    name = "stdout"

    def __init__(self, stream: RawIOBase | BytesIO | None = None) -> None:
        # Bypasses Python's buffer: its lock would keep the process from ending while no one reads.
        self._stream = stream or FileIO(sys.stdout.fileno(), "w", closefd=False)

    def write(self, records: Sequence[Record]) -> None:
        """Write each as one line."""
        left = memoryview(b"".join(_line(record) for record in records))
        while left:
            left = left[self._stream.write(left) or 0 :]

    def tidy(self) -> None:
        """Do nothing: there is nothing to tidy."""

    def close(self) -> None:
        """Do nothing: the stream is not ours to close."""


def _line(record: Record) -> bytes:
    return in_json(packed_record(record).decode()).encode() + b"\n"
