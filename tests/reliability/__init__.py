"""Attacks on the whole package: what was tried, how often, and what gave."""
