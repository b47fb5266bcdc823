"""A second config with an empty scope names the service by another spelling, to have everyone disabled by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from scim_operator.local.checks import check
from scim_operator.local.manifests import collect_texts
from tests.support.present import present

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.rig import Rig

EMPTY: dict[str, Any] = {"scope": "Assigned", "assignments": []}
CREW = [f"user-{number}" for number in range(8)]


def host(text: str) -> Callable[[str], str]:
    return lambda url: url.replace(f"//{urlsplit(url).hostname}", f"//{text}")


def path(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda url: url.replace(urlsplit(url).path, change(urlsplit(url).path))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "percent-encoded": path(lambda text: text.replace("scim", "%73cim")),
    "percent-encoded in lower case": path(lambda text: text.replace("/v2", "/%762")),
    "a step on the spot": path(lambda text: text.replace("/scim", "/./scim")),
    "a step down and up": path(lambda text: text.replace("/scim", "/x/../scim")),
    "encoded steps": path(lambda text: text.replace("/scim", "/x/%2e%2E/scim")),
    "doubled slashes": path(lambda text: text.replace("/", "//")),
    "a trailing slash": path(lambda text: text + "/"),
    "a trailing dot step": path(lambda text: text + "/."),
    "path parameters": path(lambda text: text.replace("/scim", "/scim;a=b")),
    "another case": path(str.upper),
    "scheme in capitals": lambda url: url.replace("http:", "HTTP:"),
    "a query": lambda url: url + "?x=1",
    "the host with a dot after it": host("127.0.0.1."),
    "the host in hexadecimal": host("0x7f.1"),
    "the host in octal": host("0177.0.0.1"),
    "the host as a number": host("2130706433"),
    "the host mapped into IPv6": host("[::ffff:7f00:1]"),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
async def test_the_second_waits_and_no_one_is_disabled(r: Rig, spelling: Callable[[str], str]) -> None:
    for name in CREW:
        r.user(name)
    await r.start()
    await r.settle()
    mark, url = r.mark(), r.spec["service"]["url"]
    await r.configure_other("second", 1, **EMPTY, service={**r.spec["service"], "url": spelling(url)})
    await r.until(lambda: r.ready_of("second") == ("False", "ServiceTaken"))
    await r.check_quiet()
    assert r.writes(mark) == []
    assert all(present(r.at_service(name))["active"] for name in CREW)


async def test_a_config_that_respells_its_own_service_goes_on(r: Rig) -> None:
    """Its ids hold, and status says the URL as it is written now."""
    r.user("ada")
    await r.start()
    await r.settle()
    id, mark = r.id_of("ada"), r.mark()
    url = SPELLINGS["a trailing slash"](r.spec["service"]["url"])
    await r.configure(service={**r.spec["service"], "url": url})
    await r.settle()
    assert r.writes(mark) == []
    assert r.entry("ada")["id"] == id
    await r.until(lambda: r.status["claimedUrl"] == url)


CONFIG = """apiVersion: scim-operator.io/v1alpha1
kind: ProvisioningConfig
metadata: {name: %s}
spec:
  service:
    url: %s
    allowInsecure: true
    auth: {bearer: {secretRef: {name: t}}}
"""


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_validate_refuses_the_pair(spelling: Callable[[str], str]) -> None:
    url = "http://127.0.0.1:8080/scim/v2"
    files = [("a.yaml", (CONFIG % ("one", url)).encode()), ("b.yaml", (CONFIG % ("two", spelling(url))).encode())]
    (finding,) = check(collect_texts(files))
    assert "b.yaml:6: ProvisioningConfig two: spec.service.url: is that of ProvisioningConfig one" in finding.as_text()
