"""The board, HTTP intake and metrics: HTTP only. What is shown comes from the desk."""
