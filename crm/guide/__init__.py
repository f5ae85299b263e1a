"""The first hour: setting up, sample data, a walk round, help on each page, and every component on one page."""
