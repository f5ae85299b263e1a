"""Puts the demo into the database, one verb a module."""
