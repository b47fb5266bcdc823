"""A plan as people review it, and one object explained: for any front end."""
