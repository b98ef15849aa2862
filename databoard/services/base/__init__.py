"""What every service stands on: sessions and transactions, files by their content, the audit log."""
