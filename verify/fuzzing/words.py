"""The words that people write: expressions, filters, paths, times, URLs, and the options of commands."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import click
from hypothesis import strategies as st

from scim_operator.api.common import format_duration, parse_duration
from scim_operator.api.enums import Operator
from scim_operator.api.mapping import ScopingFilter
from scim_operator.cli import COMMANDS, main
from scim_operator.cli.period import parse_period
from scim_operator.core.attributes.paths import parse as parse_path
from scim_operator.core.expressions import Activation, compile  # noqa: A004
from scim_operator.core.expressions.entra import convert
from scim_operator.core.records.dates import instant_of
from scim_operator.core.scope.scope import compile_scoping
from scim_operator.core.secrecy.destinations import Destination, destination_of, host_name, may_go
from scim_operator.core.service.address import address_of, same_service
from scim_operator.errors import InvalidSpec
from scim_operator.kube.health import address
from scim_operator.local.as_of import end_of
from scim_operator.observability.provisioning_log.asking import parameters, query_from
from scim_operator.observability.provisioning_log.url import store_url
from scim_operator.scim.addresses import forbidden, forbidden_name
from scim_operator.scim.auth import authorization, header_value
from scim_operator.scim.url import service_url
from scim_operator.simulator.faults import Fault
from verify.fuzzing.target import CANARY, Broken, Target
from verify.fuzzing.values import TEXTS, changed


def _expression(text: str) -> None:
    compiled = compile(text, variables=["user", "groups"])
    compiled.evaluate(Activation(user={"title": "x", "name": {"givenName": "Ada"}}, groups=["a"]))


CEL = st.text(alphabet="user.title()[]{}'\",:?+-*/%<>=!&| \n\\019xr#éa", max_size=60) | st.lists(
    st.sampled_from(
        [
            "user.title",
            "'a'",
            "1",
            "9223372036854775807",
            "(",
            ")",
            "[",
            "]",
            "+",
            " in ",
            "==",
            "?",
            ":",
            ".map(x, x)",
            ".matches('(a+)+$')",
            ".split('')",
            "has(user.title)",
            'Join(",", user.title)',
            "timestamp('x')",
            "duration('1h')",
            "{",
            "}",
            "b'\\xff'",
            "0x",
            "1e999",
            "-",
            "!",
            "&&",
            "||",
            "null",
            "int('x')",
            "string(1)",
            ".all(x, true)",
        ]
    ),
    max_size=12,
).map("".join)


def _filters(given: list[dict[str, Any]]) -> None:
    scoping = compile_scoping([ScopingFilter.from_manifest(each) for each in given])
    for document in ({"title": "x", "active": True}, {"title": ["a", None, 7], "userType": "9" * 5000}, {}):
        scoping.decide(document)


CLAUSE = {"attribute": "title", "operator": "EQUALS", "value": "x"}
OPERANDS = TEXTS | st.sampled_from(["(a+)+$", "[", "2026-01-01", "10", "-1", "(?P<n>x)", "\\p{Cc}"])
CLAUSES = st.builds(
    lambda attribute, operator, value, values: {
        "attribute": attribute,
        "operator": operator.value,
        **({} if value is None else {"value": value}),
        **({} if values is None else {"values": values}),
    },
    st.sampled_from(["title", "active", "userType", "emails.value", "name.givenName", "emails[type eq 1]"]) | TEXTS,
    st.sampled_from(list(Operator)),
    st.none() | OPERANDS,
    st.none() | st.lists(OPERANDS, max_size=3),
)
FILTERS = st.lists(
    st.builds(lambda clauses: {"title": "t", "clauses": clauses}, st.lists(CLAUSES, min_size=1, max_size=3)), max_size=2
) | changed([[{"title": "t", "clauses": [CLAUSE]}]]).filter(lambda drawn: isinstance(drawn, list))


def _path(text: str) -> None:
    path = parse_path(text)
    if parse_path(str(path)) != path:
        raise Broken("a path that is written is read otherwise")


PATHS = TEXTS | st.lists(
    st.sampled_from(
        ["emails", "[", "]", "type", " eq ", '"work"', ".", "value", "urn:a:b", ":", " and ", "true", "1", "$", " "]
    ),
    max_size=10,
).map("".join)


def _times(text: str) -> None:
    with suppress(ValueError):
        span = parse_duration(text)
        if parse_duration(format_duration(span)) != span:
            raise Broken("a duration that is written is read otherwise")
    parse_period(text)
    with suppress(InvalidSpec):
        end_of(text)
    instant = instant_of(text)
    if instant is not None and instant.tzinfo is None:
        raise Broken("an instant nowhere")


TIMES = TEXTS | st.text(alphabet="0123456789hms:T-Z+. d²", max_size=30)


def _url(text: str) -> None:
    with suppress(ValueError):
        destination_of(text)
    if not same_service(text, text) or address_of(address_of(text)) is None:
        raise Broken("a service that is not itself")
    url = service_url(text)
    if service_url(url.base + (f"?{url.query}" if url.query else "")) != url:
        raise Broken("a URL that is written is read otherwise")


URLS = TEXTS | st.lists(
    st.sampled_from(
        [
            "https",
            "http",
            "://",
            "tenant.example",
            "[fd12::1]",
            "[::ffff:10.0.0.1%25eth0]",
            ":",
            "443",
            "99999",
            "/",
            "scim/v2",
            "?",
            "#",
            "@",
            "user:pw",
            "%2F",
            "%",
            "..",
            "\\",
            " ",
            "ß",
            "xn--zca",
            "0x7f.1",
            "2130706433",
            "ⓔ",
            "&a=b",
            "//",
            "\t",
        ]
    ),
    max_size=9,
).map("".join)


def _hosts(given: tuple[str, str]) -> None:
    hosts, host = given
    with suppress(ValueError):
        if host_name(host_name(host)) != host_name(host):
            raise Broken("a host that is written is read otherwise")
    may_go(hosts, Destination("tenant.example"))
    forbidden_name(host)
    with suppress(ValueError):
        forbidden(host)


def _sent_along(given: tuple[str, str]) -> None:
    how, text = given
    sent = header_value("X-Key", text) if how == "header" else authorization("Bearer", text)
    if not sent.isascii() or not sent.isprintable():
        raise Broken("a header that ends too soon")


def _listen(text: str) -> None:
    host, port = address(text)
    if not 0 <= port < 65_536 or not (host is None or isinstance(host, str)):
        raise Broken("an address that is none")


STORES = TEXTS | st.lists(
    st.sampled_from(
        [
            "sqlite",
            "postgresql",
            "postgres",
            "mysql",
            "+pg8000",
            "://",
            ":///",
            "/var/x.db",
            "user",
            f":{CANARY}",
            "@",
            "host",
            ":5432",
            ":x",
            "/db",
            "?sslmode=",
            "require",
            "verify-full",
            "&sslrootcert=/none",
            "&host=/run",
            "&port=²",
            ":memory:",
            "%",
        ]
    ),
    max_size=10,
).map("".join)


def _command_of(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)
    if found is None:
        raise Broken(f"there is no command {name}")
    return found


def _command(words: list[str]) -> None:
    """Have click read arguments as it would, without carrying anything out."""
    name, *rest = words
    command = _command_of(name)
    while isinstance(command, click.Group):
        command = next(iter(command.commands.values()))
    with suppress(click.ClickException, click.exceptions.Exit, click.Abort):
        command.make_context(name, rest)


@st.composite
def arguments(draw: st.DrawFn) -> list[str]:
    """Draw a command with some of its options, each with anything as its value."""
    name = draw(st.sampled_from(sorted(COMMANDS)))
    command = _command_of(name)
    while isinstance(command, click.Group):
        command = next(iter(command.commands.values()))
    values = (TEXTS | URLS | TIMES).map(lambda text: text.replace("\x00", "").replace("\ud800", "\udcff"))  # as in argv
    words: list[str] = [name]
    for option in draw(st.lists(st.sampled_from(command.params), max_size=4)):
        if isinstance(option, click.Option) and not option.is_flag:
            words.append(f"{option.opts[0]}={draw(values)}")
        else:
            words.append(draw(values))
    return words


def _question(given: list[tuple[str, str]]) -> None:
    query = query_from(given)
    if query_from(parameters(query)) != query:
        raise Broken("a question that is written is read otherwise")


QUESTIONS = st.lists(
    st.tuples(
        st.sampled_from(["user", "namespace", "action", "since", "until", "before", "held", "limit"]) | TEXTS,
        st.sampled_from(["1", "500", "501", "²", "true", CANARY, "2026-11-25T22:00:00Z 019abc00"]) | TIMES | TEXTS,
    ),
    max_size=6,
)


def _fault(text: str) -> None:
    fault = Fault.parse(text)
    if Fault.of(fault.document()) != fault:
        raise Broken("a fault that is written is read otherwise")


FAULTS = TEXTS | st.lists(
    st.sampled_from(
        [
            "status",
            "=",
            "429",
            ":tooMany",
            ";",
            "method",
            "GET",
            "path",
            "/Users",
            "times",
            "3",
            "-1",
            "every",
            "0",
            "²",
            "rate-limit",
            "5/2",
            "latency",
        ]
    ),
    max_size=10,
).map("".join)

TARGETS = (
    Target("an expression", ("core/expressions/expression.py",), CEL | TEXTS, _expression, quotes=True),
    Target(
        "an expression of Entra",
        ("core/expressions/entra.py",),
        st.text(alphabet='IFNotSwitchJoin([]){}",\\ &H0F=<>-.x\n', max_size=60) | TEXTS,
        lambda text: convert(text, lambda name: f'user["{len(name)}"]'),
        quotes=True,
    ),
    Target("scoping filters", ("core/scope/scope.py", "api/mapping.py"), FILTERS, _filters, quotes=True),
    Target("a path", ("core/attributes/paths.py",), PATHS, _path, quotes=True),
    Target(
        "durations, periods and instants",
        ("api/common.py", "cli/period.py", "core/records/dates.py", "local/as_of.py"),
        TIMES,
        _times,
    ),
    Target("a URL", ("scim/url.py", "core/service/address.py", "core/secrecy/destinations.py"), URLS, _url),
    Target(
        "a host, and what a Secret names",
        ("core/secrecy/destinations.py", "scim/addresses.py"),
        st.tuples(URLS, URLS),
        _hosts,
    ),
    Target(
        "a token or header in a Secret",
        ("scim/auth.py",),
        st.tuples(st.sampled_from(["header", "token"]), TEXTS),
        _sent_along,
    ),
    Target("an address to listen at", ("kube/health.py",), URLS | TIMES, _listen, (ValueError,), quotes=True),
    Target("the URL of a log store", ("observability/provisioning_log/url.py",), STORES, store_url),
    Target(
        "the arguments of a command",
        ("cli/quantity.py", "cli/logs.py", "cli/egress.py", "cli/period.py", "cli/simulate.py"),
        arguments(),
        _command,
        quotes=True,
    ),
    Target(
        "a question to the log",
        ("observability/provisioning_log/asking.py", "observability/provisioning_log/record.py"),
        QUESTIONS,
        _question,
        quotes=True,
    ),
    Target("a fault of the simulator", ("simulator/faults.py",), FAULTS, _fault, quotes=True),
)
"""All of them. See `Target` for what the fields say."""
