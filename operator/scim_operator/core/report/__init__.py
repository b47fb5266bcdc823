"""What a status, an Event and a notification say."""
