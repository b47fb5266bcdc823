"""What is known of a service: its address, and what it can do."""
