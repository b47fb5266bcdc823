"""What of a plan fits the change limits, is approved, or is held."""
