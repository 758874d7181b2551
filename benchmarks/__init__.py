"""How fast it is, beside others. See docs/benchmarks.md."""
