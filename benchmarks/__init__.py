"""What things cost: ``python -m benchmarks`` prints ratios against a named baseline, all measured in one run."""
