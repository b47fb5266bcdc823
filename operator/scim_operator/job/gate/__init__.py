"""Where destructive changes wait until they are judged together or approved."""
