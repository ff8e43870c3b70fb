"""What a counterpart contests of a contract's money, what the other side answers, and how it ended."""
