"""The parts of a plan that fit the change limits, are approved, or are held."""
