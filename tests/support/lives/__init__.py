"""Lives of one operator in virtual time: each yields after a step, and `test_stories.py` looks at what happened."""

from tests.support.lives import companies, configs, everyday, faults, trouble
from tests.support.lives.living import LIVES

__all__ = ["LIVES", "companies", "configs", "everyday", "faults", "trouble"]
