"""What happened, in one order that outsiders can check: events, leaves, the hash tree, checkpoints."""
