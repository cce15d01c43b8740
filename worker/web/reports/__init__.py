"""The reports of the command line as pages: over-detention, a shift, communication with ICE."""
