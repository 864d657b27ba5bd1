"""Working days, duty hours and the counting of deadlines."""
