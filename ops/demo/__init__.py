"""The demo: a made-up weekend, replayed against the whole service."""
