"""The connected session."""
