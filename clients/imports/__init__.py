"""Files on their way in: read, match columns, check values, report problems, merge set-based."""
