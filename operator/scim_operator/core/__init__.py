"""Pure decisions: no I/O, no clock, no logging, no randomness. The import contract keeps it so."""
