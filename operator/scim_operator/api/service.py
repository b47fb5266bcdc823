"""The part of a ProvisioningConfig that says where the service is, how it is reached, and what it can do."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from scim_operator.api.auth import ONE_WAY, Auth, Headers, LoginRef
from scim_operator.api.common import DataKey, ObjectName, printable
from scim_operator.api.enums import BundleKind, MemberForm, MemberRemoval, ProfileName
from scim_operator.api.model import ApiModel, rule, validated

CONFIG_PATTERN = r"^[a-z0-9][-a-z0-9]*/[a-z0-9][-a-z0-9.]*$"

ConfigName = Annotated[str, Field(max_length=317, pattern=CONFIG_PATTERN)]
"""A ProvisioningConfig of any namespace, as namespace/name."""


class CaBundleRef(ApiModel):
    """Names a bundle of CA certificates in PEM, in a ConfigMap or Secret of the namespace that names its hosts too."""

    kind: BundleKind = BundleKind.CONFIG_MAP
    """ConfigMap or Secret."""
    name: ObjectName
    """The object's metadata.name."""
    key: DataKey = "ca.crt"
    """The key in its data."""


class ClientCertificateRef(ApiModel):
    """Names a Secret of the same namespace with the keys tls.crt and tls.key, as kubernetes.io/tls has them."""

    name: ObjectName
    """The Secret's metadata.name."""


class Tls(ApiModel):
    """How the service's certificate is verified, and what is shown to it."""

    ca_bundle_ref: CaBundleRef | None = None
    """The CA certificates to trust beside the system's own."""
    client_certificate_ref: ClientCertificateRef | None = None
    """The client certificate (mutual TLS), with its chain and its key; read again each minute, without a restart."""


_PROXY_RULES = (
    rule(
        "isURL(self) && url(self).getScheme() in ['https', 'http'] && url(self).getHost() != ''",
        "write the whole URL of the proxy, such as http://proxy.example.com:3128",
    ),
    rule(
        "!self.matches('^[^/]*//[^/?#]*@')",
        "the URL must not hold credentials; put them into the Secret that secretRef names",
    ),
    rule("!self.contains('#')", "the URL must not have a fragment; remove # and what follows"),
    printable("self"),
)


class Proxy(ApiModel):
    """A proxy that connects to the service and the token endpoint (CONNECT, RFC 9110 section 9.3.6)."""

    url: Annotated[str, Field(min_length=1, max_length=2048, json_schema_extra=validated(*_PROXY_RULES))]
    """The proxy; http or https. TLS with the service goes through it, so that it reads nothing."""
    secret_ref: LoginRef | None = None
    """The Secret with the proxy's username, password and hosts; sent to an https proxy alone."""


class Budget(ApiModel):
    """The most that the service is asked for. Configs with one service and account share the smallest of theirs."""

    requests_per_second: Annotated[int, Field(ge=1, le=1000)] = 25
    """Requests a second, over all kinds of requests."""
    concurrency: Annotated[int, Field(ge=1, le=64)] = 8
    """Requests under way at the same time."""


class TypeOverrides(ApiModel):
    """What is known of one resource type at the service, where the types differ."""

    patch: bool | None = None
    """Whether PATCH works for this type; without it resources are replaced with PUT."""
    filter: bool | None = None
    """Whether filters work for this type."""


class CapabilityOverrides(ApiModel):
    """What the service can do, where discovery or the profile is wrong."""

    patch: bool | None = None
    """Whether PATCH works; without it changes are sent as PUT."""
    filter: bool | None = None
    """Whether filters work; without them the listing is searched."""
    etag: bool | None = None
    """Whether versions are kept and If-Match is heeded."""
    page_size: Annotated[int, Field(ge=1, le=10000)] | None = None
    """Resources asked for in one page of a listing."""
    member_chunk: Annotated[int, Field(ge=1, le=10000)] | None = None
    """Members added or removed in one PATCH."""
    member_removal: MemberRemoval | None = None
    """How a PATCH names the members to remove: PathFilter (RFC 7644) or ValueList (Entra's way)."""
    nested_groups: bool | None = None
    """Whether groups may be members of groups; without it nested groups are flattened."""
    verify_members: bool | None = None
    """Whether the members are read back after a change of membership, also where the answer shows them."""
    member_form: MemberForm | None = None
    """What a request says of a member: Value (its id), Typed (its type too) or Named (its display name too)."""
    put_id: bool | None = None
    """Whether a PUT carries the id in its body, as some services insist."""
    bulk: bool | None = None
    """Whether writes that wait at the same time go in one request (RFC 7644 section 3.7), once that is seen to work."""
    bulk_operations: Annotated[int, Field(ge=2, le=1000)] | None = None
    """Writes in one such request, at most."""
    bulk_payload: Annotated[int, Field(ge=1024, le=16_777_216)] | None = None
    """Bytes of one such request, at most."""
    users: TypeOverrides | None = None
    """What holds for users only."""
    groups: TypeOverrides | None = None
    """What holds for groups only."""


_URL_RULES = (
    rule(
        "isURL(self.url) && url(self.url).getHost() != ''",
        "write the whole URL of the service, such as https://vc.example.com/usergroup/t/CUSTOMER/scim/v2",
        fieldPath=".url",
    ),
    rule(
        "!isURL(self.url) || url(self.url).getScheme() == 'https' || "
        "(url(self.url).getScheme() == 'http' && self.allowInsecure)",
        "the URL must begin with https://; for tests and loopback, http:// is allowed with allowInsecure: true",
        fieldPath=".url",
    ),
    rule(
        "!self.url.matches('^[^/]*//[^/?#]*@')",
        "the URL must not hold credentials; put the token into the Secret that auth.bearer.secretRef names",
        fieldPath=".url",
    ),
    rule(
        "self.allowInsecure || !has(self.auth.oauth2) || self.auth.oauth2.tokenUrl.startsWith('https://')",
        "the token endpoint's URL must begin with https://; for tests and loopback, http:// is allowed with "
        "allowInsecure: true",
        fieldPath=".auth.oauth2.tokenUrl",
    ),
    rule(
        "has(self.auth.bearer) || has(self.auth.basic) || has(self.auth.oauth2) || "
        "(has(self.headers) && size(self.headers) > 0) || (has(self.tls) && has(self.tls.clientCertificateRef))",
        f"{ONE_WAY}; none only with headers or a client certificate",
        fieldPath=".auth",
    ),
    rule(
        "!has(self.proxy) || !self.url.startsWith('http://')",
        "through a proxy the URL must begin with https://, or the proxy would read the token",
        fieldPath=".url",
    ),
    rule("!self.url.contains('#')", "the URL must not have a fragment; remove # and what follows", fieldPath=".url"),
    printable("self.url", fieldPath=".url"),
)


class ServiceSpec(ApiModel):
    """The SCIM service and how it is reached."""

    model_config = ConfigDict(json_schema_extra=validated(*_URL_RULES))

    url: Annotated[str, Field(min_length=1, max_length=2048)]
    """The base URL of the SCIM service (Entra's Tenant URL); https, unless allowInsecure is true."""
    profile: ProfileName = ProfileName.VMWARE_IDENTITY_SERVICE
    """The kind of service: decides the default mappings and what the service is held able to do."""
    auth: Auth
    """How the operator proves itself to the service."""
    headers: Headers = ()
    """Headers from Secrets that go with every request to the service, such as a gateway's API key."""
    tls: Tls = Tls()
    """How the service's certificate is verified."""
    proxy: Proxy | None = None
    """The proxy on the way to the service; without it none, whatever the operator's environment says."""
    budget: Budget = Budget()
    """The most that the service is asked for."""
    capabilities: CapabilityOverrides = CapabilityOverrides()
    """Overrides of what was discovered of the service."""
    distinct_from: Annotated[tuple[ConfigName, ...], Field(max_length=16)] = ()
    """Configs, as namespace/name, that reach another service although both list the same; each must name the other."""
    allow_insecure: bool = False
    """Allow http and loopback, for tests; works only where the operator runs with --allow-insecure-services."""
