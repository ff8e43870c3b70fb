"""Appeals against account actions: from the first draft to the decision by somebody else, and what the decision does."""
