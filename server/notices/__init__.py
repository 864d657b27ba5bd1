"""Rectification notices: issue, acknowledgement, answers, reviews."""
