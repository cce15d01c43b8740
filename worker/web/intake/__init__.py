"""`POST /events`: events of upstream systems over HTTP, into the inbox."""
