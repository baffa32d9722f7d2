"""The ways to fit a problem: the maximum, Markov chains, importance-weighted draws, nested sampling."""
