"""How a job reports: status, totals, the provisioning log, and its own failures."""
