"""A Celery that takes every signal and does nothing."""

from worker.signaller import Signaller


class NoCelery(Signaller):
    """Takes signals and sends none: whoever uses it does by hand what the tasks would."""

    def __init__(self) -> None:
        """Without an application."""

    def send(self, task: str, *arguments: int) -> None:
        """Nothing."""
