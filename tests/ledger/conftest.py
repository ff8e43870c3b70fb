"""The story for tests of money."""


