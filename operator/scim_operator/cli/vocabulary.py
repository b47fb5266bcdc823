"""The words that the operator can say by itself: those of its messages, its code and the fields of its manifests."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scim_operator
from scim_operator.api.crd import crds

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = re.compile(r"\w*[^\W\d]\w*")
KUBERNETES = """
BackOff Burstable Completed ContainerCannotRun ContainerCreating ContainersNotReady ContainersReady CrashLoopBackOff
CreateContainerConfigError Deleted ErrImageNeverPull ErrImagePull Error Evicted Failed FailedMount FailedScheduling
Guaranteed Guaranteed ImagePullBackOff Initialized InvalidImageName Killing NodeLost Normal OOMKilled Pending
PodInitializing PodReadyToStartContainers PodScheduled Pulled Ready RunContainerError Running Scheduled
SchedulingGated Succeeded Terminating Unhealthy Unknown Unschedulable Warning
"""
"""Reasons and phases of pods and Events."""


@cache
def own_words() -> frozenset[str]:
    """Return the words, without case. Docstrings and comments are not read: examples stand there."""
    found = {word.casefold() for word in _WORD.findall(KUBERNETES)}
    for path in Path(scim_operator.__file__).parent.rglob("*.py"):
        for text in _texts(ast.parse(path.read_text())):
            found.update(word.casefold() for word in _WORD.findall(text))
    for each in crds():
        found.update(word.casefold() for text in _fields(each["spec"]) for word in _WORD.findall(text))
    return frozenset(found)


def _texts(tree: ast.Module) -> Iterator[str]:
    said = set(_docstrings(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said:
            yield node.value
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _docstrings(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield texts that stand by themselves: docstrings of modules, classes, functions and attributes."""
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))


def _fields(schema: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a schema
    """Yield the names of fields, and the values that they may have."""
    if isinstance(schema, list):
        for each in schema:
            yield from _fields(each)
    if not isinstance(schema, dict):
        return
    yield from map(str, schema.get("enum") or ())
    yield from schema.get("properties") or ()
    for each in schema.values():
        yield from _fields(each)
