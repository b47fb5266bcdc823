"""The CRDs' validation rules, judged here as the API server judges them: CEL with Kubernetes' functions on URLs."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

if TYPE_CHECKING:
    from collections.abc import Callable

Rule = dict[str, str]

_ESCAPES = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOST = re.compile(r"[^\s<>\"\\^`{|}\x00-\x1f\x7f/?#@]*")


@cache
def holds(rule: str) -> Callable[[Any], bool]:
    """Return what judges `self` by a rule. A rule that fails on a value is not kept by it, as at the API server."""
    compiled = _environment().compile(rule)

    def judge(value: Any) -> bool:  # noqa: ANN401 - any JSON value
        return compiled.eval(data={"self": _whole(value)}).value() is True

    return judge


def _whole(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The value with another control character for NUL, where CEL's library ends a text; no rule tells them apart."""
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
    """What Go's url.ParseRequestURI takes: an absolute URL, or a path that begins with a slash."""
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
