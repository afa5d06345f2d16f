"""Figures that others have published or computed, reproduced from the rounds in configs/ through YAML alone."""
