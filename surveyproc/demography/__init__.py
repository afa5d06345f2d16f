"""Demographic methods: numbers of published formulas, and how the error of their inputs passes through them."""
