"""The desk's page and its stream of changes."""
