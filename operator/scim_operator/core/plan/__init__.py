"""The plan for one object as a value, and the requests that it results in."""
