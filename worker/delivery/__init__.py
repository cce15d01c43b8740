"""Takes notices out of the outbox and to their receivers. No release ever waits for it."""
