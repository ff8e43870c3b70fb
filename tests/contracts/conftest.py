"""The story for tests of contracts."""


