"""All that a kit can get wrong, a module a subject. `run` calls them in order; each yields findings."""
