"""The schema URNs of RFC 7643 and of VMware's ws1b extensions. Free of imports, so that anything may use it."""

from __future__ import annotations

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WS1B_USER = "urn:ietf:params:scim:schemas:extension:ws1b:2.0:User"
WS1B_GROUP = "urn:ietf:params:scim:schemas:extension:ws1b:2.0:Group"
