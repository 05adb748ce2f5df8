"""The command line: the same engine as the chat, for whoever has a shell on the machine."""
