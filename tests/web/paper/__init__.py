"""Letters on paper: what is drawn, how it is told to a screen reader, what it may cost, and who may have it."""
