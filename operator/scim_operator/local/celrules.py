"""The CRDs' validation rules, judged here as the API server judges them: CEL with Kubernetes' functions on URLs."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from scim_operator.local.plainrules import surely

if TYPE_CHECKING:
    from collections.abc import Callable

Rule = dict[str, str]

STRETCH = 5_000
"""Items of a list that are judged together: CEL's library ends after 10,000 turns, where the API server counts cost."""

_ESCAPES = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOST = re.compile(r"[^\s<>\"\\^`{|}\x00-\x1f\x7f/?#@]*")


@cache
def holds(rule: str) -> Callable[[Any], bool]:
    """Return a judge of `self`, whose types fit its schema, by a rule.

    A rule that fails on a value is not kept by it, as at the API server.
    """
    plain = surely(rule)
    # CEL compiles a rule when first asked: most are never in doubt.
    return lambda value: (plain is not None and plain(value)) or judged_by_cel(rule)(value)


@cache
def judged_by_cel(rule: str) -> Callable[[Any], bool]:
    """Return the judge of a rule, by CEL alone."""
    compiled = _environment().compile(rule)

    def judge(value: Any) -> bool:  # noqa: ANN401 - any JSON value
        return all(compiled.eval(data={"self": part}).value() is True for part in _stretches(_whole(value)))

    return judge


def _stretches(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    """Return the value, a long list in stretches: what rules ask of a list they ask of `all` items."""
    if isinstance(value, list) and len(value) > STRETCH:
        return [value[start : start + STRETCH] for start in range(0, len(value), STRETCH)]
    for name, part in value.items() if isinstance(value, dict) else ():
        if len(parts := _stretches(part)) > 1:
            return [whole for each in parts for whole in _stretches({**value, name: each})]
    return [value]


def _whole(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value with NUL, which ends a text in CEL's library, as a control character equal to all rules."""
    if isinstance(value, str):
        return value.replace("\0", "\1")
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return {_whole(name): _whole(each) for name, each in value.items()} if isinstance(value, dict) else value


@cache
def _environment() -> cel.Env:
    text, truth, url = cel.Type.STRING, cel.Type.BOOL, cel.Type.STRING
    functions = [
        _function("isURL", "is_url", [text], truth, _is_url),
        _function("url", "url_of", [text], url, str),
        _function("getScheme", "scheme_of", [url], text, lambda each: urlsplit(each).scheme, member=True),
        _function("getHost", "host_of", [url], text, lambda each: _host(urlsplit(each)), member=True),
        _function("getHostname", "hostname_of", [url], text, lambda each: urlsplit(each).hostname or "", member=True),
    ]
    return cel.NewEnv(variables={"self": cel.Type.DYN}, extensions=[ext_strings.ExtStrings()], functions=functions)


def _function(
    name: str,
    id: str,
    parameters: list[cel.Type],
    result: cel.Type,
    implementation: Callable[[str], Any],
    member: bool = False,  # noqa: FBT001, FBT002
) -> cel.FunctionDecl:
    overload = cel.Overload(id, result, parameters, is_member=member, impl=implementation)
    return cel.FunctionDecl(name, [overload])


def _is_url(text: str) -> bool:
    """Return whether Go's url.ParseRequestURI takes it: an absolute URL, or a path that begins with a slash."""
    if not (_SCHEME.match(text) or text.startswith("/")) or any(ord(char) < 32 or ord(char) == 127 for char in text):
        return False
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return False
    return bool(_HOST.fullmatch(_host(parts))) and not _ESCAPES.search(parts.path)


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]
