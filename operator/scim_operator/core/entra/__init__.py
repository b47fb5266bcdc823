"""Entra's exported synchronization schema, converted."""
