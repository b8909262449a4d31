"""Players in the page, by its own sound or by a device of this machine, and a piano."""
