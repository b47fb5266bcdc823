"""Campaigns: long lives of a tenant, drawn from a seed, whose end is compared with a tenant made fresh."""
