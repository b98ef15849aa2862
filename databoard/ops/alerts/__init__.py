"""Tell operators by mail or webhook what the checks of the site find. Called by the schedule every five minutes.

============  =======================================================================
`rounds`      one look: opens, goes on with and ends alerts, and sends what is due
`channels`    how an alert is sent: mail, webhook
============  =======================================================================
"""
