"""What both the replies and the notifications need of OneBot v11: events in, messages out."""
