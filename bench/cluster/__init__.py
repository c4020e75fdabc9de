"""Several runners over one PostgreSQL."""
