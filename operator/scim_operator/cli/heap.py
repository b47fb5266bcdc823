"""Has the C library give large blocks of memory back as soon as they are no longer used."""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Names of glibc's parameters (mallopt(3))."""
LARGE = 128 << 10
"""Bytes from which on a block is large: glibc's own value, as long as no large block has been given back."""


def give_back_large_blocks() -> None:
    """Keep large blocks apart from small ones, so that they can be given back. Without glibc, nothing happens.

    glibc takes blocks up to the size of one that was given back from the heap from then on. The sets of ids that a
    sweep makes lie between what stays there, and each sweep would leave the process a little larger.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_MMAP_THRESHOLD, LARGE)
    mallopt(_TRIM_THRESHOLD, LARGE)
