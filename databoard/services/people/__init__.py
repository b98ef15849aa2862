"""Accounts, what each may see and do, and how guessing is slowed down."""
