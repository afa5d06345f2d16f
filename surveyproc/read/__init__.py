"""The reading stage: survey files become frozen values, or problems."""
