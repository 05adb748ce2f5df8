"""Accounts at the platform: kept and shared, sealed, and logged in by people."""
