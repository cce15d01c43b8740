"""The custody clock: what it knows of the law, of a record, and of the store that keeps both."""
