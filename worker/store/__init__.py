"""The store: what is kept in Valkey, and how it is read and changed."""
