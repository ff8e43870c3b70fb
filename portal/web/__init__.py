"""The pages, one wing for each audience; `shell` is what they share."""
