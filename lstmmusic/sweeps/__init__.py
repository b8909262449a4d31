"""Sweeps: many runs that differ in some settings, planned, trained one after the other, and ranked."""
