"""One booking's page and its evidence file; every look is noted."""
