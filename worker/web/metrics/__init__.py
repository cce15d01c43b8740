"""`GET /metrics`: the desk's figures as Prometheus reads them."""
