"""The decision for one object: facts in, a plan out."""
