"""Accounts, their access rights, and the throttling of failed log-ins."""
