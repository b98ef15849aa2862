"""The fab tasks, a module a noun. Thin: they parse, call ``services`` or ``ops``, print what was done."""
