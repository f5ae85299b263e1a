"""Finding things again: search over what the packages offer, what was opened lately, what is kept at hand."""
