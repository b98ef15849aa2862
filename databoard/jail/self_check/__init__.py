"""Whether the jail holds on this machine: our own code attacks it from inside, layer by layer."""
