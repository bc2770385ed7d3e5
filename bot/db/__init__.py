"""The database: engines, units of work, the base of all tables, migrations."""
