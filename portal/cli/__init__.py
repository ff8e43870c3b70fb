"""The commands of `flask`: thin, over the same operations as the pages."""
