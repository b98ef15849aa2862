"""What the addresses of the administration name, for tests that build the address of every route."""

ADMIN_NAMES: dict[str, str | int] = {
    "entry_name": "backup",
    "job_id": 1,
    "login": "alice",
    "submission_id": 1,
    "table_name": "jobs",
    "token_id": 1,
    "worker_name": "near:7",
}
