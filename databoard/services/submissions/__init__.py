"""Submissions: who may submit, what is written then, and how a submission is cancelled, run again or ended."""
