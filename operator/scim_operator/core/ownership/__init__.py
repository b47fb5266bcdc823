"""Whose a resource is: its mark, the owner attribute, and what the operator has proved."""
