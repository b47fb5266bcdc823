"""The house rules that a machine can keep: small functions, classes and files, and nothing of one machine."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CODE = ROOT / "operator" / "scim_operator"
UNIT = ROOT / "tests" / "unit"
MEDIAN_LINES = 10
FUNCTION_LINES = 40
FILE_LINES = 400
ATTRIBUTES, METHODS = 12, 20

# A file over the limit stands here with what it would lose by being split.
LONG_FILES: dict[str, str] = {}


class Large(NamedTuple):
    """How large a class is, and why it may be that large; it may not grow."""

    attributes: int
    methods: int
    why: str


# A class over a limit stands here. The API's models, which have the CRDs' fields, need no excuse.
LARGE_CLASSES = {
    "cli.directory.Request": Large(13, 1, "a value: the options of plan and apply"),
    "core.members.topology.Topology": Large(10, 21, "a method for each question about who is in which group"),
    "core.decision.facts.Facts": Large(18, 2, "a value: all that one decision looks at"),
    "core.decision.facts.Rules": Large(17, 4, "a value: what a config says of one kind"),
    "core.plan.membership.Membership": Large(15, 0, "a value: all that is known of a group's members"),
    "core.plan.plan.Plan": Large(26, 13, "a value: what gate, executor and reports need of one decision"),
    "job.gather.knowledge.Knowledge": Large(13, 16, "the parts of what a job knows, each with a question of its own"),
    "core.service.capabilities.Capabilities": Large(
        16, 2, "a value: a field for each capability that a manifest may set"
    ),
    "core.records.record.SourceRecord": Large(
        22, 7, "a value: what is kept of a manifest, flat because there are many thousands"
    ),
    "core.records.status.ServiceEntry": Large(17, 0, "a value: the fields of an entry in status.services"),
    "core.report.standing.Standing": Large(18, 14, "a value: what conditions are made of"),
    "job.report.reporter.Report": Large(19, 0, "the fields that a config's status is made of"),
    "job.gate.gate.Gate": Large(9, 23, "a method for each question and each event of what is judged under one lock"),
    "job.session.parts.Parts": Large(13, 0, "a value: the parts of a session"),
    "job.session.surroundings.Surroundings": Large(15, 0, "a value: the ports of a session"),
    "observability.metrics.Metrics": Large(25, 22, "an attribute and a method for each metric"),
    "observability.provisioning_log.processed.Processed": Large(
        19, 0, "a value: the fields of a record of the provisioning log"
    ),
    "observability.provisioning_log.search.Query": Large(13, 0, "a value: what a question may name"),
    "review.plan_review.Review": Large(17, 7, "a value: the parts of a plan as people and programs read it"),
    "simulator.log.Entry": Large(13, 2, "a value: the fields of a line of the request log"),
    "simulator.settings.Settings": Large(24, 1, "a value: the options of simulate"),
}

# Where a test reaches into a private attribute, which the linter refuses (SLF001) without a word to it.
REACHES = {
    "tests/support/rig.py": "a crash cuts tasks off wherever they stand, which no method of the operator does",
}

# Spelt in two parts, so that this file does not find itself.
FOREIGN = {
    "the host of a package index": rf"pypi{re.escape('.')}org|python{'hosted'}\.org|proxy\.golang{re.escape('.')}org",
    "a path of one machine": r"(?<![\w.$}])/(?:root|home/\w+|work/(?:main|shared)|tmp/bg)\b(?!-)",
}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name and (ROOT / name.decode()).is_file()]


def text_of(path: Path) -> str:
    return path.read_bytes().decode(errors="ignore")


@cache
def function_lengths(source: str) -> dict[str, int]:
    """The lines of each function, its docstring not counted."""
    functions = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return {f"{f.name}:{f.lineno}": (f.end_lineno or f.lineno) - f.lineno + 1 - docstring_lines(f) for f in functions}


def docstring_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return 0
    return (first.end_lineno or first.lineno) - first.lineno + 1


def test_the_length_of_a_function_is_counted_without_its_docstring() -> None:
    source = 'def f(\n    a: int,\n) -> int:\n    """One.\n\n    Two."""\n    return a\n'
    assert function_lengths(source) == {"f:1": 4}


def test_functions_are_small() -> None:
    lengths = {
        f"{path.relative_to(ROOT)}:{name}": lines
        for path in tracked("operator/*.py", "tools/*.py")
        for name, lines in function_lengths(text_of(path)).items()
    }
    longest = sorted(lengths, key=lambda name: -lengths[name])[:10]
    offenders = "\n".join(f"{lengths[name]:4} {name}" for name in longest)
    assert median(lengths.values()) < MEDIAN_LINES, f"the longest:\n{offenders}"


def test_no_function_is_long() -> None:
    lengths = {
        f"{path.relative_to(ROOT)}:{name}": lines
        for path in tracked("*.py")
        for name, lines in function_lengths(text_of(path)).items()
    }
    offenders = {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES}
    assert not offenders, f"split them: {offenders}"


def stored(node: ast.AST) -> Iterator[str]:
    """The attributes that are set on self anywhere within."""
    for each in ast.walk(node):
        of_self = isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "self"
        if isinstance(each, ast.Attribute) and of_self and isinstance(each.ctx, ast.Store):
            yield each.attr


@cache
def class_sizes(source: str) -> dict[str, tuple[int, int]]:
    """Attributes and methods of each class; what the language calls by itself is no method of anyone's."""
    sizes = {}
    for each in ast.walk(ast.parse(source)):
        if isinstance(each, ast.ClassDef):
            fields = {s.target.id for s in each.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)}
            methods = {s.name for s in each.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)}
            named = {name for name in methods if not name.startswith("__")}
            sizes[each.name] = (len(fields | set(stored(each))), len(named))
    return sizes


def large_classes() -> dict[str, tuple[int, int]]:
    return {
        f"{'.'.join(path.relative_to(CODE).with_suffix('').parts)}.{name}": (attributes, methods)
        for path in tracked("operator/*.py")
        if not path.is_relative_to(CODE / "api")
        for name, (attributes, methods) in class_sizes(text_of(path)).items()
        if attributes > ATTRIBUTES or methods > METHODS
    }


def test_attributes_and_methods_are_counted() -> None:
    source = """
class C:
    a: int
    def __init__(self): self.b = self.c, self.d = 1, 2; other.e = 3
    @property
    def f(self): return self.g
    async def h(self): self.a += 1
"""
    assert class_sizes(source) == {"C": (4, 2)}


def test_classes_are_small_or_say_why_not() -> None:
    offenders = {name: size for name, size in large_classes().items() if name not in LARGE_CLASSES}
    assert not offenders, f"more than {ATTRIBUTES} attributes or {METHODS} methods, without a reason: {offenders}"


def test_no_large_class_grows_and_what_it_has_lost_stays_lost() -> None:
    sizes = large_classes()
    offenders = {
        name: f"now {sizes.get(name)}, listed with {(large.attributes, large.methods)}"
        for name, large in LARGE_CLASSES.items()
        if sizes.get(name) != (large.attributes, large.methods)
    }
    assert not offenders, f"split what has grown; list what has shrunk with its new size, or not at all: {offenders}"


def test_files_are_small_or_say_why_not() -> None:
    lines = {str(path.relative_to(ROOT)): text_of(path).count("\n") for path in tracked("*.py")}
    offenders = {name: count for name, count in lines.items() if count > FILE_LINES and name not in LONG_FILES}
    assert not offenders, f"split them, or give the reason in LONG_FILES: {offenders}"


def test_every_excuse_is_still_needed() -> None:
    short = [name for name in LONG_FILES if text_of(ROOT / name).count("\n") <= FILE_LINES]
    assert not short, f"these are short now, or gone; take them from LONG_FILES: {short}"


def test_tests_reach_into_private_attributes_where_it_is_named_only() -> None:
    reaching = re.compile(r"noqa:[^#\n]*" + "SLF" + "001")
    found = {str(path.relative_to(ROOT)): len(reaching.findall(text_of(path))) for path in tracked("tests/*.py")}
    assert {name: count for name, count in found.items() if count} == dict.fromkeys(REACHES, 1)


def test_presence_is_asserted_and_not_ignored() -> None:
    ignored = re.compile(r"type: ignore\[" + "(?:index|union-attr)")
    offenders = [str(path.relative_to(ROOT)) for path in tracked("tests/*.py") if ignored.search(text_of(path))]
    assert not offenders, f"tests/support/present.py says it: {offenders}"


def test_unit_tests_follow_the_tree_of_the_code() -> None:
    homes = {path.parent.relative_to(UNIT) for path in tracked("tests/unit/*.py") if path != Path(__file__)}
    strangers = [str(home) for home in homes if home == Path() or not (CODE / home).is_dir()]
    assert not strangers, f"tests/unit has folders of the names of operator/scim_operator only: {strangers}"


def test_nothing_of_one_machine_is_tracked() -> None:
    offenders = [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}: {what}: {found.group()}"
        for path in tracked()
        for text in [text_of(path)]
        for what, pattern in FOREIGN.items()
        for found in re.finditer(pattern, text)
    ]
    assert not offenders, "\n".join(offenders)
