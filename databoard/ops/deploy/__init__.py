"""Set a machine up to run a published server: systemd units, site files of web servers, the cron line, PostgreSQL.

============  ==================================================================
`services`    renders `templates/` into a folder, or installs them as root
`postgres`    makes the database and its user
============  ==================================================================
"""
