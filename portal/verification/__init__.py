"""Identity checks: what we ask for, under which clause and why, what was sent, and what was said to it."""
