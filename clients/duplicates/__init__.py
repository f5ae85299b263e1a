"""Clients that are in the file twice: found, judged, merged, taken apart again."""
