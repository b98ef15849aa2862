"""Publish the server's code and its kits to a machine: over SSH, or into a folder of this machine.

==================  ===================================================================================
`targets`           the machines that the file of targets names
`hosts`             run a command and copy a folder: here, or over SSH
`layout`            the folders of a target
`releases`          what is published there: list, switch, remove
`building`          bring the code of a tag there and build its environment
`publish_software`  the spine: build, check, migrate, switch, wait, go back when it fails
`publish_problem`   the same for a kit
`rollback`          serve an earlier release again
`on_target`         the steps that run on the target, in the code of a release
==================  ===================================================================================
"""
