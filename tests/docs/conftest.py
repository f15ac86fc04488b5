from postgres.conftest import server  # noqa: F401
