"""One ProvisioningConfig at work: the index of the service, the sweep, the queue and the executor."""
