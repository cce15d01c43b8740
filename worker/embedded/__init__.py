"""Our own Valkey server: started, found, adopted and stopped. Knows nothing of custody."""
