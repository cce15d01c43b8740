"""Generators of the pages in ops/docs that are written from the code; `make pages` runs them all."""
