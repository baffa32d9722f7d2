"""Quadrature, interpolation, and functions with safe derivatives: no physics here."""
