"""Benchmarks: each operation beside the same work without the application, on the same database in the same run."""
