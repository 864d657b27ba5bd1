"""The hazard catalogue and the immutable checklist versions made from it."""
