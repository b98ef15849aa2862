"""Teams, their sign-ups to events, and the files of their sandboxes."""
