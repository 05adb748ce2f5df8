"""Exact time: a run that was started early compares clocks with the server, and sends within a millisecond.

`shared` keeps what is known of a server's clock for all runs of a home, `worth` says what that does for, `time_left`
how much time there is for more, `asking` asks the server, `comparing` is one run's way through all of this.
`undisturbed` is the last moment before an instant, `aim` puts them together.
"""
