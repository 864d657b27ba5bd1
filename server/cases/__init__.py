"""The case file (案卷): one finding with everything that happened to it, read-only."""
