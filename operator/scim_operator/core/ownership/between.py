"""Values in between: what an object has for a moment, so that another can have what it had (ADR 0026).

Nothing about one is written down. It is the value that the object had, with a suffix that the operator's key makes of
that value, the config, the object and the attribute. So the operator knows its own again, after a restart too, and from
which value it came; and no one else can make one, or make another's pass as one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.keys import ConfigKey, ObjectKey
    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.core.seal import Seal

_LENGTH = 10
"""Characters of a suffix, in hexadecimal: services fold the case of names, and each guess would be a write there."""
_FORM = re.compile(rf"(.*)-[0-9a-f]{{{_LENGTH}}}((?:@[^@]*)?)\Z", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Between:
    """The values in between of one config's objects."""

    seal: Seal
    config: ConfigKey

    def of(self, value: str, key: ObjectKey, path: AttributePath) -> str:
        """Return the value that an object has in between: its own, with a suffix before the domain, if it has one."""
        local, at, domain = value.rpartition("@") if "@" in value else (value, "", "")
        return f"{local}-{self._suffix(value, key, path)}{at}{domain}"

    def origin(self, value: JsonValue, key: ObjectKey, path: AttributePath) -> str | None:
        """Return the value from which the object stepped aside; None where it has no value in between."""
        found = _FORM.match(value) if isinstance(value, str) else None
        origin = found[1] + found[2] if found else ""
        return origin if origin and self.of(origin, key, path).lower() == str(value).lower() else None

    def found(self, document: Document, key: ObjectKey, paths: Iterable[AttributePath]) -> dict[AttributePath, str]:
        """Return by attribute from which values a resource has stepped aside."""
        read = ((path, self.origin(path.read(document), key, path)) for path in paths)
        return {path: origin for path, origin in read if origin is not None}

    def _suffix(self, value: str, key: ObjectKey, path: AttributePath) -> str:
        parts = (*self.config, key.kind, key.namespace, key.name, str(path).lower(), value.lower())
        return hashlib.sha256(self.seal.of("between", *parts).encode()).hexdigest()[:_LENGTH]
