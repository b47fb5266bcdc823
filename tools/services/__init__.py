"""SCIM services by others, built once and kept in the cache: what the contract suite runs against."""
