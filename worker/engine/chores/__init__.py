"""What the pacemaker does besides sleeping: one chore per file."""
