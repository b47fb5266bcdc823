"""Ownership of a resource: its mark, the owner attribute, and what the operator has proved."""
