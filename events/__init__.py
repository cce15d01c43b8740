"""The wire contract: what the clock takes, and what it sends."""
