"""Who people are: persons, the marketplace's accounts and their members, staff, sessions, factors, links."""
