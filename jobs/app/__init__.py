"""The only wiring: `bot` joins the engine of a bot, `beside` what the command line needs beside one, `run` one run."""
