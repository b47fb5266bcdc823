"""Digests of manifests, which show a saved plan what has changed. Plans have many readers; no value can be guessed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from scim_operator.core.approval.effects import concealed
from scim_operator.core.attributes.schema import attributes
from scim_operator.core.records.packing import DOCUMENTS

if TYPE_CHECKING:
    from scim_operator.api.config import ProvisioningConfigSpec
    from scim_operator.core.decision.facts import Rules
    from scim_operator.core.expressions.expression import Expression
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.core.resource import Document


def digest_of_spec(spec: ProvisioningConfigSpec) -> str:
    """Names a config's spec."""
    return _digest(spec.model_dump_json().encode())


def digest_of_record(record: SourceRecord, rules: Rules) -> str:
    """Names everything that a manifest says, and nothing that an API server adds.

    Of what is sensitive it has only that it is set, and nothing that a sensitive value is made from.
    """
    said = replace(record, uid="", generation=0, resource_version="", finalizers=(), packed_status=b"")
    return _digest(repr(_without_sensitive(said, rules)).encode(errors="backslashreplace"))


def _without_sensitive(record: SourceRecord, rules: Rules) -> SourceRecord:
    if not any(mapping.sensitive for mapping in rules.mappings):
        return record
    kept = insensitive(record.document, rules)
    return replace(record, packed_document=DOCUMENTS.pack(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)))


def insensitive(document: Document, rules: Rules) -> Document:
    """Return a manifest's document with only the fact that it is set of what is sensitive, and of what makes that."""
    sensitive = [mapping for mapping in rules.mappings if mapping.sensitive]
    paths = [path for each in sensitive for path in (each.source, each.target) if path]
    kept = concealed(document, paths) or {}
    for each in sensitive:
        if each.expression is not None:
            kept = _unread(kept, each.expression)
    return kept


def _unread(document: Document, expression: Expression) -> Document:
    """Return what the expression certainly does not look at: nothing where it does not say what it reads."""
    named = {name.split(".")[1].lower() for name in expression.reads if name.startswith("user.")}
    names = {attribute.name.lower() for attribute in attributes()}
    if "user" in expression.reads and (not named or "user[" in expression.text or named - names):
        return {}
    return {name: value for name, value in document.items() if name.lower() not in named}


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]
