"""A plugin of pytest that makes sure which source is tested: every module of `scim_operator` is the copy's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from verify.safeties.copy import OVER


def pytest_sessionfinish() -> None:
    """Look where all that was imported has come from."""
    folder = Path(os.environ[OVER])
    modules = {name: each for name, each in sys.modules.items() if name.partition(".")[0] == "scim_operator"}
    strays = [name for name, each in modules.items() if not Path(each.__file__ or "").is_relative_to(folder)]
    if strays or not modules:
        raise RuntimeError(f"not tested over {folder}: {strays or 'nothing was imported'}")
