"""Makes what tests need, by the real operations wherever there is one."""
