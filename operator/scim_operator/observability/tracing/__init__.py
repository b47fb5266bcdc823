"""Traces for OpenTelemetry. What a job says is in `spans.py`; only `otlp.py` knows OpenTelemetry."""
