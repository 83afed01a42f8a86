#!/bin/sh
# Makes the cluster and its database on the first start, then becomes the server. Until the
# database is there it listens nowhere but on its socket.
set -eu
data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
    umask 077
    trap 'rm -rf "$data"/*' EXIT # half of it would be taken for all
    printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
    initdb -D "$data" -U "$POSTGRES_USER" -A scram-sha-256 --pwfile=/tmp/password -E UTF8 --locale=C.UTF-8
    rm /tmp/password
    echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
    pg_ctl -D "$data" -w -o '-c listen_addresses=' start
    PGPASSWORD=$POSTGRES_PASSWORD createdb -h /var/run/postgresql -U "$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl -D "$data" -w stop
    trap - EXIT
fi
exec postgres -D "$data" -c listen_addresses='*'
