"""What is to be fitted: priors, ties, discrepancy, data, the likelihood of them, and the files that say so."""
