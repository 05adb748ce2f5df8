"""Booking: never twice, never said before it was read back.

`desk` is where a run books (`race` is one purchase of it, `proof` reads orders back), `bookkeeper` goes on where a run
has left off and follows orders until they end, `counter` serves people directly.
"""
