"""How the document and the status of a manifest are packed: beside samples of what most of them say.

A sample is no promise: what no manifest says any more only makes them larger.
"""

from __future__ import annotations

from scim_operator.core.packing import Packing

DOCUMENTS = Packing(
    b'{"schemas":["urn:ietf:params:scim:schemas:extension:workspace1b:2.0:User":{"domain":"","userPrincipalName":"'
    b'"addresses":[{"type":"work","streetAddress":"","locality":"","region":"","postalCode":"","country":"DE"}],'
    b'"phoneNumbers":[{"type":"work","value":"+49 "},{"type":"mobile","value":"+1"}],"roles":[{"value":"","primary":'
    b'true}],"entitlements":[{"value":""}],"preferredLanguage":"en-US","locale":"de-DE","timezone":"Europe/Berlin",'
    b'"nickName":"","profileUrl":"https://","userType":"Employee","employeeNumber":"","costCenter":"","organization":"'
    b'"division":"","manager":{"value":""}},"middleName":"","honorificPrefix":"Dr."},"active":false,'
    b'{"displayName":"Group ","externalId":"group-0"}'
    b'{"userName":"user-@example.com","active":true,"name":{"givenName":"","familyName":"","formatted":""},'
    b'"displayName":"","emails":[{"type":"work","value":".@example.com","primary":true}],"title":"Engineer",'
    b'"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":""},"externalId":"/user-0"}'
)
"""SCIM documents of users and groups."""

STATUSES = Packing(
    b'{"type":"Reconciling","status":"False","reason":"Pending","message":"","type":"Stalled","status":"True","reason":'
    b'"Rejected","NotCreated","OutOfScope","Disabled","Retrying","Held","pendingMembers":["],"reformatted":[{"path":"'
    b'","sent":"","got":""}],"lastHandledReconcileAt":"","creating":"","roles","phoneNumbers[type eq \\"work\\"].value'
    b'","preferredLanguage","userType","nickName",'
    b'"applied":["displayName","externalId"],"members":["*"],"proof":"'
    b'{"observedGeneration":1,"conditions":[{"type":"Ready","status":"True","reason":"Provisioned","message":'
    b'"The service holds it as mapped.","observedGeneration":1,"lastTransitionTime":"2026-01-01T00:00:00Z"}],'
    b'"services":[{"config":"vmware","conditions":[{"type":"Ready","status":"True","reason":"Provisioned","message":'
    b'"The service holds it as mapped.","observedGeneration":1,"lastTransitionTime":"2026-01-01T00:00:00Z"}],'
    b'"service":"","id":"","identity":"","applied":["userName","active","externalId",'
    b'"emails[type eq \\"work\\"].value","name.givenName","name.familyName",'
    b'"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","title","displayName"],"proof":""}]}'
)
"""Statuses as the operator writes them."""
