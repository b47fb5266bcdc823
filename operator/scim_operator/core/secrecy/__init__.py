"""What must never be shown, and where a secret may go."""
