"""What every part of a job uses: its ports, its compiled settings, waiting and retries."""
