"""Leases as values: who may serve a service, and until when. Pure."""
