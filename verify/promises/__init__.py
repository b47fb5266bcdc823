"""The operator's promises as checks: each judges what happens by the state of both sides, not by its code."""
