"""Run by `helm test`: the operator, at the address given, is ready and shows its metrics. Fails after a minute."""

from __future__ import annotations

import sys
import time
import urllib.request

EXPECTED = {"/readyz": "ok", "/metrics": "scim_operator_key_lasts"}
SECONDS = 60.0


def problem(url: str, expected: str) -> str:
    """Return what is wrong with the answer of a URL, "" where it is as expected."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - the chart's own Service
            said = answer.read().decode()
    except OSError as error:
        return f"{url}: {error}"
    return "" if expected in said else f"{url} does not say {expected}"


def main(address: str, seconds: float) -> str:
    """Return what is still wrong after so many seconds, "" as soon as nothing is."""
    end = time.monotonic() + seconds
    while found := "\n".join(filter(None, (problem(address + path, text) for path, text in EXPECTED.items()))):
        if time.monotonic() > end:
            return found
        time.sleep(2)
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2]) if sys.argv[2:] else SECONDS) or None)
