"""The documentation is held to the code: keys, examples, commands, messages and links."""
