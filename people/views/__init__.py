"""Pages of people: login, own things, staff and units."""
