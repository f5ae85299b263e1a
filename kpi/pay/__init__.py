"""Pay: rules, sheets, and how they are worked out."""
