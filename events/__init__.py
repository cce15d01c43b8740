"""The wire contract of the custody clock."""
