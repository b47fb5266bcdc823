"""What to do for one object: facts in, a plan out."""
