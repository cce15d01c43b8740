"""The store: what is kept in Valkey, and the only ways to read and change it."""
