"""Inside the network: its units, what happens without some of them, and what it remembers."""
