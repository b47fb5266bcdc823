"""Plan for one object as a value, and the requests that it comes to."""
