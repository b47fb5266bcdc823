"""The safeties of the operator, each switched off in a copy of the source: a suite that passes then proves nothing."""
