#!/bin/sh
# First start of the database: the serving role, which may read and write rows and owns nothing.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v password="$APP_PASSWORD" <<'SQL'
CREATE ROLE zoufang_app LOGIN PASSWORD :'password';
GRANT CONNECT ON DATABASE zoufang TO zoufang_app;
GRANT USAGE ON SCHEMA public TO zoufang_app;
SQL
