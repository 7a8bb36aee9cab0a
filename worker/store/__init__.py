"""State in SQLAlchemy Core: one text for SQLite (embedded) and PostgreSQL (many machines)."""
