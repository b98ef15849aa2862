"""Backups: make, verify, keep, copy elsewhere, restore. Called by the tasks in `tasks/backups.py`.

==============  ===================================================================================
`routine`       a backup when one is due, and its copy elsewhere
`make`          the spine: dump, copy, verify, publish under the final name
`databases`     what a backup needs of a database; `sqlite` and `postgresql` are the two kinds
`named_files`   the files that the rows of a dump name
`collecting`    copies these files, or links those of the previous backup
`manifest`      the list of all that a backup holds, with sizes and SHA-256
`verify`        restores a dump into scratch, compares rows and files
`shelf`         the folder of all backups: names, leftovers, the lock of the one that works on it
`retention`     which backups stay (pure); `schedule` says when the next one is due (pure)
`targets`       copies to another disk or host
`restore`       brings a backup back; `settle` makes the restored queue drain
`anonymise`     makes a restored database fit for a test site
==============  ===================================================================================
"""
