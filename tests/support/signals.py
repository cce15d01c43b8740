"""A signal port without Celery behind it."""

from worker.engine.signals import Signal


class NoCelery:
    """Drops every signal; a test does by hand what the tasks would do."""

    def send(self, signal: Signal, shard: int, helper: int = 0) -> None:
        """Drop it."""
