"""Seeded schedules of faults against the whole product: `make faults N=20 [SEED=s]`.

A schedule kills, empties, fills and doubles parts of a running product while phones send visits, two reviewers read the
same journals and the month is computed over and over. After it, nothing acknowledged may be missing or there twice.
"""
