"""x."""

ITEMS = []
