"""Rounds (weekly, ten-day, monthly), visits to compounds and checklist answers."""
