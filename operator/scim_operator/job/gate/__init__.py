"""Holds destructive changes until they are judged together or approved."""
