"""The warden: a small process that forks, keeps and reaps the runs of one home, and outlives the bot."""
