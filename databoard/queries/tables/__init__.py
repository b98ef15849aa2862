"""The tables of the administration: each shows the same rows as a page, as JSON, as CSV and by ``fab show``.

A table is one module with a :class:`~databoard.queries.tables.table.Table`; `catalogue` lists them.
"""
