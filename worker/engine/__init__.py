"""The engine: takes events in and fires deadlines. Knows no Celery and no HTTP."""
