"""Connecting to a service, and what keeps a job from it."""
