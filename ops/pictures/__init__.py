"""Pictures for the documents, drawn by the project's own commands."""
