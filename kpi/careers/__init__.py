"""Careers: the ladder of grades, moves on it, terms, exams, training, rotation."""
