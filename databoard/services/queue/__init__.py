"""The queue in the database: jobs and their leases, the order of jobs, the workers, forecasts of waiting times."""
