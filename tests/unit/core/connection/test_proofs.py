"""What a service that refuses us may mean: all that it was shown, each with the field of its Secret."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.api.service import ServiceSpec
from scim_operator.core.connection.proofs import renewal

BEARER = {"bearer": {"secretRef": {"name": "t"}}}
BASIC = {"basic": {"secretRef": {"name": "t"}}}
OAUTH2 = {"oauth2": {"tokenUrl": "https://login.example/token", "secretRef": {"name": "t"}}}
HEADERS = [{"name": "X-Api-Key", "secretRef": {"name": "h"}}]
CERTIFICATE = {"clientCertificateRef": {"name": "c"}}


@pytest.mark.parametrize(
    ("spec", "names", "fields"),
    [
        ({"auth": BEARER}, "The token", "spec.service.auth"),
        ({"auth": BASIC}, "The password", "spec.service.auth"),
        ({"auth": OAUTH2}, "The client secret", "spec.service.auth"),
        ({"auth": {}, "headers": HEADERS}, "The header X-Api-Key", "spec.service.headers"),
        (
            {"auth": BEARER, "headers": HEADERS},
            "The token or the header X-Api-Key",
            "spec.service.auth or spec.service.headers",
        ),
        ({"auth": {}, "tls": CERTIFICATE}, "The client certificate", "spec.service.tls.clientCertificateRef"),
        (
            {"auth": BASIC, "tls": CERTIFICATE, "headers": HEADERS, "proxy": {"url": "https://p.example:3128"}},
            "The password or the header X-Api-Key or the client certificate",
            "spec.service.auth or spec.service.headers or spec.service.tls.clientCertificateRef",
        ),
    ],
)
def test_what_may_be_meant(spec: dict[str, Any], names: str, fields: str) -> None:
    found = renewal(ServiceSpec.model_validate({"url": "https://x.example", **spec}))
    assert found.startswith(f"{names} has expired, was revoked or lacks rights: ")
    assert f"the Secret that {fields} names;" in found
