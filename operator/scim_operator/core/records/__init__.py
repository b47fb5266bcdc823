"""Manifests as values: what they say, and what their status remembers."""
