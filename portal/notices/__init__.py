"""What we told whom, when, by which channel, with what proof."""
