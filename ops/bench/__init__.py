"""The benchmark: the custody clock and its alternatives under the same workload. Not part of the wheel."""
