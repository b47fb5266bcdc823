"""Small stories of a tenant, each told again and again: with a crash or a fault at each effect, and by views that lie.

However it is told, it must end as it does where nothing goes wrong, and then be quiet.
"""
