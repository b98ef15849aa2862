"""All that only reads: frozen rows for page, JSON, CSV and command line.

Writes nothing, ever. A GET route calls only this room and the rules of access."""
