"""What proves the operator to a service and on the way there, as messages call it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from scim_operator.api.service import ServiceSpec


class Proof(NamedTuple):
    """One thing that proves us, as a message calls it, and the field that names its Secret."""

    name: str
    field: str = "spec.service.auth"


TOKEN = Proof("The token")
PASSWORD = Proof("The password")
CLIENT = Proof("The client secret")
CERTIFICATE = Proof("The client certificate", "spec.service.tls.clientCertificateRef")
PROXY = Proof("The proxy's password", "spec.service.proxy.secretRef")


def header(name: str) -> Proof:
    """Return what a header is called."""
    return Proof(f"The header {name}", "spec.service.headers")


def shown_to_service(service: ServiceSpec) -> list[Proof]:
    """Return all that the service gets to see, which it may refuse."""
    auth = service.auth
    own = [proof for proof, way in ((TOKEN, auth.bearer), (PASSWORD, auth.basic), (CLIENT, auth.oauth2)) if way]
    certificate = [CERTIFICATE] if service.tls.client_certificate_ref else []
    return [*own, *(header(each.name) for each in service.headers), *certificate]


def renewal(service: ServiceSpec) -> str:
    """Return what to do where the service refuses what it is shown: it seldom says which of several it means."""
    proofs = shown_to_service(service) or [TOKEN]
    names = " or ".join([proofs[0].name, *(each.name.replace("The", "the", 1) for each in proofs[1:])])
    fields = " or ".join(dict.fromkeys(each.field for each in proofs))
    return (
        f"{names} has expired, was revoked or lacks rights: write a new one into the Secret that {fields} names; it is "
        "taken up without a restart."
    )
