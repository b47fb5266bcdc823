"""Proves the operator's promises: the real operator in a simulated world, on a virtual clock, one schedule a seed."""
