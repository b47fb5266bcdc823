"""The part of a ProvisioningConfig that configures notifications."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from scim_operator.api.common import UNSEEN, DataKey, Duration, ObjectName, duration_between
from scim_operator.api.model import LIST_TYPE, ApiModel, rule, validated


class Topic(StrEnum):
    """The topics of notifications."""

    FAILURE = "Failure"
    """Objects that need a person."""
    CONNECTION = "Connection"
    """The service cannot be worked with, and has not been for a while."""
    QUARANTINE = "Quarantine"
    """The service is left alone."""
    APPROVAL_REQUIRED = "ApprovalRequired"
    """Changes are held."""
    EXPIRING = "Expiring"
    """The token ends in 30, in 7, in 1 days."""
    RECOVERED = "Recovered"
    """One of the others is over."""


class UrlSecretRef(ApiModel):
    """Names a key of a Secret of the same namespace that holds a URL."""

    name: ObjectName
    """The Secret's metadata.name."""
    key: DataKey = "url"
    """The key in its data."""


class SigningKeyRef(ApiModel):
    """Names a key of a Secret of the same namespace that holds a signing key."""

    name: ObjectName
    """The Secret's metadata.name."""
    key: DataKey = "key"
    """The key in its data."""


class SmtpSecretRef(ApiModel):
    """Names a Secret of the same namespace: host, and where needed port, username, password, from, tls and ca.crt."""

    name: ObjectName
    """The Secret's metadata.name."""


class Webhook(ApiModel):
    """A POST with a CloudEvent as JSON."""

    url_secret_ref: UrlSecretRef
    """The Secret that holds the URL, which often is a secret itself."""
    signing_key_ref: SigningKeyRef | None = None
    """The Secret whose key signs the body: header X-Scim-Operator-Signature, sha256= and the HMAC in hexadecimal."""
    allow_insecure: bool = False
    """Allow http and loopback, for tests; works only where the operator runs with --allow-insecure-services."""


_ADDRESS_PART = rf'[^ @<>,;:"\\\\()\\[\\]{UNSEEN}]+'

Address = Annotated[
    str,
    Field(
        max_length=254,
        json_schema_extra=validated(
            rule(
                f"self.matches('^{_ADDRESS_PART}@{_ADDRESS_PART}$')",
                "give an e-mail address alone, such as team@corp.example; write several as several entries",
            )
        ),
    ),
]
"""An e-mail address, without a name."""


class Email(ApiModel):
    """A mail over SMTP."""

    to: Annotated[tuple[Address, ...], Field(min_length=1, max_length=32, json_schema_extra={LIST_TYPE: "set"})]
    """Who gets it."""
    from_: Address | None = None
    """The sender; left out: the Secret's key from, or its username."""
    smtp_secret_ref: SmtpSecretRef
    """The Secret with hosts, host, port, username, password, from, tls (starttls, tls or none) and ca.crt."""
    allow_insecure: bool = False
    """Allow no TLS, and loopback, for tests; works only where the operator runs with --allow-insecure-services."""


class Apprise(ApiModel):
    """Any service that Apprise knows; needs the operator's extra apprise."""

    url_secret_ref: UrlSecretRef
    """The Secret that holds Apprise's URL."""


_ONE_CHANNEL = rule(
    "(has(self.webhook) ? 1 : 0) + (has(self.email) ? 1 : 0) + (has(self.apprise) ? 1 : 0) == 1",
    "give exactly one of webhook, email and apprise; write several entries for several",
)


class Notification(ApiModel):
    """Who is notified, and of what: a webhook, mail addresses or an Apprise URL; exactly one of the three."""

    model_config = ConfigDict(json_schema_extra=validated(_ONE_CHANNEL))

    webhook: Webhook | None = None
    """A POST with a CloudEvent as JSON."""
    email: Email | None = None
    """A mail over SMTP."""
    apprise: Apprise | None = None
    """Any service that Apprise knows."""
    topics: Annotated[tuple[Topic, ...], Field(min_length=1, max_length=6, json_schema_extra={LIST_TYPE: "set"})] = (
        tuple(Topic)
    )
    """The topics to notify of."""
    digest_interval: Annotated[Duration, duration_between("1m", "168h")] = timedelta(hours=1)
    """The least time between two messages of failures, or of held changes; the next one has what came meanwhile."""

    @property
    def channel(self) -> str:
        """webhook, email or apprise."""
        return "webhook" if self.webhook else "email" if self.email else "apprise"
