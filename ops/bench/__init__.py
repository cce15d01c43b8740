"""The benchmark: one workload, the custody clock and what an engineer would reach for instead."""
