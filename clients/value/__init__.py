"""What clients are worth and where they stand in their life cycle: rules, the monthly run, portfolios."""
