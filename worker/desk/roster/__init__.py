"""The jail's roster against the clock: who is held and by whose count."""
