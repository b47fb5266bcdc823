"""What the operator tells about itself: metrics and logs. Neither ever carries a user's name, value or secret."""
