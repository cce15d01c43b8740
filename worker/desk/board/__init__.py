"""The custody desk's board: who goes next, who should have gone, what waits for a person."""
