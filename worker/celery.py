"""The application that `celery -A worker` finds: it looks for a module of this name."""

from worker.host.app import create_app

app = create_app()
