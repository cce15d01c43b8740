"""Readers that turn the exports of other systems into events of the contract."""
