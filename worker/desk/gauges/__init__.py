"""The figures that an operator's monitoring watches, asked of the store each time."""
