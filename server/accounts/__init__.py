"""Organisations, users, roles, sign-in and devices."""
