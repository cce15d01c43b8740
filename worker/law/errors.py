"""What the law package raises."""


class LawError(ValueError):
    """An instant or arrest that no limit can be computed for; the message says what is wrong with it."""


class ProfileError(LawError):
    """A profile or closures file that must not be used; the message names the file and what to change."""
