"""How often commands search for cycles, each tried in a process of its own: it is one setting for all of it."""

from __future__ import annotations

import json
import subprocess
import sys

LOOKED_AT = """
import gc, json, weakref
from scim_operator.cli.collector import sparing_the_program

before = gc.get_threshold()
sparing_the_program()

class Node: pass
node = Node()
node.itself = node
seen = weakref.ref(node)
del node
gc.collect()
print(json.dumps([before, gc.get_threshold(), gc.get_freeze_count(), gc.isenabled(), seen() is None]))
"""


def test_the_operator_searches_less_often_and_still_finds_every_cycle() -> None:
    shown = subprocess.run([sys.executable, "-c", LOOKED_AT], capture_output=True, text=True, check=True).stdout
    before, after, frozen, enabled, found = json.loads(shown)
    assert after[0] > before[0]
    assert after[1:] == before[1:], "a cycle that grows old is looked for as before"
    assert frozen > 1000, "what was loaded is not searched again"
    assert enabled
    assert found


ENDED = """
import atexit, gc
from scim_operator.cli.collector import nothing_collected

atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 1000))
for _ in range(2):
    with nothing_collected():
        print(gc.isenabled(), gc.get_freeze_count())
"""


def test_a_command_searches_neither_while_it_works_nor_at_its_end() -> None:
    shown = subprocess.run([sys.executable, "-c", ENDED], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines() == ["False 0", "False 0", "True True"]
