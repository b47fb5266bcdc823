"""The reports of a job: status, totals, the provisioning log, and its own failures."""
