"""The read side: every question that a command, a board or a metric asks, answered once."""
