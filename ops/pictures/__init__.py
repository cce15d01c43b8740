"""Pictures for the documents, made by the project's own commands."""
