"""What is measured of a network: what its units do, what it remembers, and what changes without some of it."""
