"""Configuration: YAML files to a round with every name settled."""
