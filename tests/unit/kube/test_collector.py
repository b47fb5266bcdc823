"""Python's search for garbage leaves out what stays, and finds what a session leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys

LOOKED_AT = """
import gc, json, weakref
from scim_operator.kube.collector import PythonsOwn

before = gc.get_threshold()
collector = PythonsOwn()
starting = gc.get_threshold()

class Node: pass
held = [Node() for _ in range(1000)]
node = Node()
node.itself = node
seen = weakref.ref(node)
collector.settled()
settled = gc.get_threshold(), gc.get_freeze_count()
del node
gc.collect()
kept = seen() is not None
collector.unsettled()
gc.collect()
waits = seen() is not None
collector.settled()
print(json.dumps([before, starting, settled, kept and waits, seen() is None, gc.get_freeze_count()]))
"""


def test_what_stays_is_not_searched_until_the_next_session_has_settled() -> None:
    shown = subprocess.run([sys.executable, "-c", LOOKED_AT], capture_output=True, text=True, check=True).stdout
    before, starting, (settled, frozen), kept, found, again = json.loads(shown)
    assert starting[:2] == before[:2]
    assert starting[2] > before[2], "while everything is read, what is old is hardly searched"
    assert settled == before
    assert frozen > 1000
    assert kept, "nothing of it is looked at, after its session has ended too: the next one plans everything"
    assert found
    assert again > 1000
