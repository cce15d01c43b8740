"""The errors of the law package."""


class LawError(ValueError):
    """No limit can be computed for an instant or an arrest; the message says what is wrong with it."""


class ProfileError(LawError):
    """A profile or a list of court days is not usable; the message names the file and what to change."""
