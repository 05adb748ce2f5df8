"""Exact time: a run that was started early compares clocks with the server, and sends within a millisecond.

`shared` keeps what is known of a server's clock for all runs of a home, `comparing` finds it out, `undisturbed` is the
last moment before an instant, `aim` puts them together.
"""
