"""Quadrature, interpolation, roots and safe functions: no physics here."""
