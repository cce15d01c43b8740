"""Our own Valkey server: started, found, adopted and stopped. It knows nothing of custody."""
