"""What the units of a layer do while a tune is read."""
