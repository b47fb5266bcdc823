"""An embedded VMware Identity Service for tests and try-outs, with faults to switch on.

It shares no parsing with `core` or `scim`, so that a mistake there cannot cancel itself out here.
Start with `server.Simulator`, `settings.Settings` and `faults.Fault`.
"""
