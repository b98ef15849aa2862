"""What runs by itself from time to time. Called by ``fab tick``, which cron calls, and by workers without cron.

============  ============================================================================
`entries`     what there is to run: name, times, function
`times`       when an entry is due, from an expression of cron
`tick`        runs what is due, each entry once, under a claim
============  ============================================================================
"""
