"""The programming interface under /api/v1/: what a person may see and do in the pages, by token instead of password."""
