"""Account actions, their restrictions and statements of reasons, and the standing that is derived from them."""
