"""The pure core: what a record is, and what each fact does to it."""
