"""Processes: starting each run once, seeing it end, ending it. Kept empty: every shim imports this package."""
