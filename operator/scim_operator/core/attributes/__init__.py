"""Attributes of SCIM resources: their paths, schema, equality, and what differs between two."""
