"""A platform simulated over real loopback HTTP, so that everything works before anyone has an account.

The simulator is written from the protocol's description and shares no code with the client in `jobs.venues.sjtu`, so
that a misreading of one side shows:

- `world`: what is free, and when, by a seed; `box_office`: what was sold, laid over it; `ledger`: all of it on disk
- `platform`, `personal`, `purchase`, `seal`, `slider`, `payment`: the endpoints, and how an order is read
- `jaccount`, `visits`, `sessions`: the login site and who is logged in
- `habits`, `faults`, `front`: the settings, what may go wrong, what is written down
- `steering` and its client `control`: for whoever runs it; `process`, `command`, `files`: how it runs

`provider` is the real client, pointed at the simulator of a home.
"""
