"""The participant's command line, ``databoard``: try a submission on your own machine before you submit it.

Imports no server room: the wheel in a starting kit (``kits/client_wheel.py``) is enough for it.
"""
