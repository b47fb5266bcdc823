"""The contents of statuses, Events and notifications."""
