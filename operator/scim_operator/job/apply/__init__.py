"""One object at a time: queue, decide, send, record."""
