"""Readers that turn other systems' exports into events of the contract."""
