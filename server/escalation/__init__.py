"""What time does to a case: the sweep that makes an unanswered deadline overdue."""
