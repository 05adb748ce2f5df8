"""The rows of the table of commands, by what they are about."""
