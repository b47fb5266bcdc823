"""Facts about a service: its address, and what it can do."""
