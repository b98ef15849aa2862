"""The participant's command line, ``databoard``: try a submission on your own machine before you submit it.

Imports no server room: ``pip install databoard`` is enough for a kit that was downloaded from an event's page.
"""
