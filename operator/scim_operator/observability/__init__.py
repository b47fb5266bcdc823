"""The operator's metrics and logs. Neither ever carries a user's name, value or secret."""
