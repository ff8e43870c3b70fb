"""A portal for account suspension transparency and appeals that stands beside a freelance marketplace."""
