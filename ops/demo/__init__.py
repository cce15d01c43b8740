"""The demo: a simulated weekend, replayed against the whole service."""
