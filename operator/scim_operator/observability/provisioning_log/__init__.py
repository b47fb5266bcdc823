"""The provisioning log: one record for each object processed, in Entra's terms, on stdout and in a SQL database.

`processed` is what a job notes, `record` makes of it what people read, `log` hands it on without ever holding up a job,
`store` keeps it, `search` finds it again. Unlike logs and metrics it names persons: that is what it is for. What a
mapping calls sensitive it does not show, and secrets never reach it.
"""
