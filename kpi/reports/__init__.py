"""What pages of the assessment show, as plain functions."""
