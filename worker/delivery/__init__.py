"""Takes notices out of the outbox and to their receivers. No release waits for a receiver."""
