"""Teams, their way into an event, and the files that they edit there."""
