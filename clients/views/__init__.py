"""Pages of clients, imports and tiers."""
