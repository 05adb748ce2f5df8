"""What people can ask for: one table of commands, and the way from a message to a reply. Knows nothing of NoneBot."""
