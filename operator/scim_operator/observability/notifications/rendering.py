"""A notice as text and as JSON. Pure; no content of a name can add a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim_operator.core.printing import blanked
from scim_operator.core.wording import rfc3339

if TYPE_CHECKING:
    from datetime import datetime

    from scim_operator.core.keys import ConfigKey
    from scim_operator.core.report.notice import Notice


def title(key: ConfigKey, notice: Notice) -> str:
    """Return a line of plain text that fits into a header."""
    return one_line(f"[scim-operator] {key}: {notice.topic.value}: {notice.reason}")


def body(key: ConfigKey, notice: Notice) -> str:
    """Return the text of a mail."""
    lines = [one_line(notice.text), "", f"ProvisioningConfig: {key}", f"Reason: {one_line(notice.reason)}"]
    if notice.digest:
        lines.append(f"Digest: {notice.digest}")
    lines += [f"{one_line(reason)}: {number}" for reason, number in sorted(notice.counts.items())]
    if notice.objects:
        lines += ["", "Objects:", *(f"- {one_line(name)}" for name in notice.objects)]
    if notice.more:
        lines.append(f"and {notice.more} more")
    lines += ["", f"kubectl --namespace {key.namespace} describe provisioningconfig {key.name}"]
    return "\n".join(lines) + "\n"


def cloud_event(key: ConfigKey, notice: Notice, id: str, at: datetime) -> dict[str, Any]:
    """Return the body of a webhook: a CloudEvent 1.0 in structured mode."""
    data: dict[str, Any] = {
        "topic": notice.topic.value,
        "reason": one_line(notice.reason),
        "message": one_line(notice.text),
    }
    data |= {"namespace": key.namespace, "config": key.name}
    data |= {"counts": {one_line(reason): number for reason, number in notice.counts.items()}}
    data |= {"objects": list(map(one_line, notice.objects)), "more": notice.more}
    if notice.digest:
        data["digest"] = notice.digest
    if notice.ends is not None:
        data["ends"] = notice.ends.value
    return {
        "specversion": "1.0",
        "id": id,
        "time": rfc3339(at),
        "type": f"io.scim-operator.{notice.topic.value.lower()}",
        "source": f"/apis/scim-operator.io/v1alpha1/namespaces/{key.namespace}/provisioningconfigs/{key.name}",
        "datacontenttype": "application/json",
        "data": data,
    }


def one_line(text: str) -> str:
    """Return the text with blanks for unprintable characters, so that none can begin a header or a line."""
    return blanked(text)[:2000]
