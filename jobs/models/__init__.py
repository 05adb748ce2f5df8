"""The domain as values and pure decisions: no I/O, no clock, no process.

Every way a job can move is in `lifecycle`; every decision returns a `Change` that the store applies.
"""
