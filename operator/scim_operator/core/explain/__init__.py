"""Why one object is treated as it is."""
