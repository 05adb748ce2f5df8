"""A platform simulated over real loopback HTTP, so that everything works before anyone has an account.

`world`, `platform` and `process` are the simulator, written from the protocol's description; they share no code with
the client in `jobs.venues.sjtu`, so that a misreading of one side shows. `provider` is that client, pointed at it.
"""
