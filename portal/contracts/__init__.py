"""Who worked for whom: contracts, their agreed terms, milestones and what was earned on them."""
