"""What people are shown of the results; reads results only."""
