"""Tier schemes: their rules, what they measure, and the monthly run."""
