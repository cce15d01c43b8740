"""What an operator touches: the demo, the board, drills, benchmarks and deployment."""
