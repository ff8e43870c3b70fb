"""What the public sees of how we keep our promises: figures that are counted from the record; reads only."""
