"""Machine care: one function per operation, behind every door (fab task, page, JSON)."""
