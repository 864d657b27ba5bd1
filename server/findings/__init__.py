"""The finding and its life, from submission to write-off (销号)."""
