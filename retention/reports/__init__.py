"""Sums over alerts and clients for the pages: verdicts, what is at risk, what acting brings, who may come back."""
