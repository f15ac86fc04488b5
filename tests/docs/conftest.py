from postgres.conftest import schema, server  # noqa: F401
