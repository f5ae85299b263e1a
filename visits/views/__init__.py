"""Pages of visits: the day, the log, the lists, the supervisor's desk and checklists."""
