"""The queue in the database: jobs and their leases, whose turn it is, the workers, forecasts of waiting times."""
