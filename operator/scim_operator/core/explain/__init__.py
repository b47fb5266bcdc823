"""The explanation of what happens to one object, and why."""
