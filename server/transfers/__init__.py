"""移送: a case goes to the department that has the power, with its evidence, and its answer comes back."""
