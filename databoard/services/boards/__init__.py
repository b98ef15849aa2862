"""The stored rows of leaderboards: a transaction that changes what a board shows calls `rows.refresh`."""
