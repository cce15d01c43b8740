"""The Celery process that hosts the engine: bootstep, tasks, life cycle, wiring."""
