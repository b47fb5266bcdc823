"""Values that must never be shown, and the places where a secret may go."""
