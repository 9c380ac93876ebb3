"""What is measured, against whom; each module prints the ratios of one run."""
