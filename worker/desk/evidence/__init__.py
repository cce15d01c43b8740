"""One booking for whoever must answer for it: its story, its proof, and what everybody was sent."""
