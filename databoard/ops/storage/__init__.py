"""The files of the server: what they take (`snapshot`), and whether they fit the rows that name them (`check`)."""
