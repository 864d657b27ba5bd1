"""Read-only views: tiles and lists of open findings."""
