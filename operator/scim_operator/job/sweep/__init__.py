"""One sweep, and when sweeps run."""
