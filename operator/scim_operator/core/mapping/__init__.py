"""Attribute mappings: what a manifest asks for at the service."""
