"""What an operator does with the server, one function per operation. Called by fab tasks and workers."""
