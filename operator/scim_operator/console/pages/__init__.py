"""The pages, each a pure function of values."""
