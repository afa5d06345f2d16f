"""Ties demographic methods to their files: configuration, figures, errors, estimates, tables."""
