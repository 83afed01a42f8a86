# PostgreSQL and NATS, private to $RUN: on free ports of 127.0.0.1, with passwords of their own.

ROLES="auth group conversation message"

# Connects and hangs up: somebody listens there.
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the kernel's range for outgoing connections, so that none of those gets in the way later.
port_free() {
    local port
    while :; do
        port=$((20000 + (RANDOM << 15 | RANDOM) % 12000))
        port_taken "$port" || break
    done
    echo "$port"
}

# Who listens on a port, as far as we may see.
port_owner() {
    local inode pid
    inode=$(awk -v port="$(printf ':%04X' "$1")" \
        '$4 == "0A" && substr($2, length($2) - 4) == port { print $10; exit }' /proc/net/tcp /proc/net/tcp6)
    pid=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null | head -1 | cut -d/ -f3)
    [ -n "$pid" ] && echo "pid $pid, $(tr '\0' ' ' <"/proc/$pid/cmdline")" || echo "somebody else's process"
}

random_hex() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# Remembered, so that a restart changes neither port nor password.
servers_remember() {
    local role
    [ -s "$RUN/secrets" ] || cp "${TINCAN_FIRST_CLUSTER:-/nonexistent}/secrets" "$RUN/secrets" 2>/dev/null || (
        umask 077
        for role in postgres $ROLES; do
            echo "PASSWORD_${role}=$(random_hex)"
        done >"$RUN/secrets"
    )
    . "$RUN/secrets"
    PG_PORT= NATS_PORTS=() ROUTE_PORTS=()
    [ ! -s "$RUN/ports" ] || . "$RUN/ports"
    PG_PORT=$(port_kept "$PG_PORT")
    local i
    for ((i = 0; i < COUNT[nats]; i++)); do
        NATS_PORTS[i]=$(port_kept "${NATS_PORTS[i]:-}")
        ROUTE_PORTS[i]=$(port_kept "${ROUTE_PORTS[i]:-}")
    done
    declare -p PG_PORT NATS_PORTS ROUTE_PORTS | sed 's/^declare -[-a]* //' >"$RUN/ports"
}

port_kept() { # [PORT] : it, if it is free, else another one
    if [ -n "${1:-}" ] && ! port_taken "$1"; then echo "$1"; else port_free; fi
}

database_url() { # of a role's login
    local password=PASSWORD_$1 login=tincan_$1
    [ "$1" != postgres ] || login=tincan
    echo "postgres://$login:${!password}@127.0.0.1:$PG_PORT/tincan"
}

# PostgreSQL never runs as root: then it is user postgres, who has to be able to enter $RUN.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups env HOME=/nonexistent "$@"
    else
        "$@"
    fi
}

# Where the data is when user postgres may not enter $RUN.
postgres_far_home() { echo "/var/lib/postgresql/tincan-$(printf %s "$RUN" | sha256sum | cut -c1-16)"; }

# Its own programs come first: the psql that Debian has in the path is Perl, which takes four times as long.
postgres_programs() {
    PG_BIN=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/postgres | sort -V | tail -1)")
    PATH=$PG_BIN:$PATH
}

postgres_home() {
    postgres_programs
    PG_DATA=$RUN/pg
    [ "$(id -u)" = 0 ] || return 0
    chmod a+x "$RUN"
    as_postgres test -x "$RUN" && return
    PG_DATA=$(postgres_far_home)
    say "user postgres may not enter $RUN: its data is in $PG_DATA"
}

# $TINCAN_FIRST_CLUSTER: where the first of many stacks leaves its empty cluster, with the passwords, and the
# others take both from. initdb takes seconds, and tests bring up some thirty stacks.
postgres_create() {
    local first=${TINCAN_FIRST_CLUSTER:-}
    [ ! -s "$PG_DATA/PG_VERSION" ] || return 0
    if [ -n "$first" ] && cmp -s "$first/secrets" "$RUN/secrets"; then
        rm -rf "$PG_DATA" && cp -a "$first/pg" "$PG_DATA"
        return
    fi
    postgres_initdb
    [ -n "$first" ] && mkdir "$first.new" 2>/dev/null || return 0
    cp -a "$PG_DATA" "$first.new/pg" && cp -p "$RUN/secrets" "$first.new" && mv "$first.new" "$first"
}

postgres_initdb() {
    mkdir -p "$PG_DATA"
    chmod 700 "$PG_DATA"
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$PG_DATA"
    find "$PG_DATA" -mindepth 1 -delete # what an interrupted try has left
    local password=${PG_DATA%/*}/.pg-password
    (umask 077 && printf '%s\n' "$PASSWORD_postgres" >"$password")
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$password"
    as_postgres "$PG_BIN/initdb" -D "$PG_DATA" -U tincan -A scram-sha-256 --pwfile="$password" \
        -E UTF8 --locale=C.UTF-8 >"$RUN/logs/initdb" 2>&1 ||
        { tail -n 15 "$RUN/logs/initdb" >&2 && die "initdb failed"; }
    rm -f "$password"
}

postgres_start() {
    local command=("$PG_BIN/postgres" -D "$PG_DATA" -p "$PG_PORT" -c listen_addresses=127.0.0.1
        -c unix_socket_directories= -c max_connections=200)
    [ "$(id -u)" != 0 ] ||
        command=("$(command -v setpriv)" --reuid=postgres --regid=postgres --clear-groups "${command[@]}")
    process_start postgres "${command[@]}"
    process_stop_with_int postgres
}

sql() { # DATABASE STATEMENT
    PGPASSWORD=$PASSWORD_postgres PGCONNECT_TIMEOUT=2 psql -qXtA -v ON_ERROR_STOP=1 \
        -h 127.0.0.1 -p "$PG_PORT" -U tincan -d "$1" -c "$2"
}

postgres_ready() { sql postgres 'SELECT 1' >/dev/null 2>&1; }

postgres_database() {
    [ "$(sql postgres "SELECT count(*) FROM pg_database WHERE datname = 'tincan'")" = 1 ] ||
        sql postgres 'CREATE DATABASE tincan'
}

# As our programs run; docs/decisions/0010-woken-threads-wait.md.
patiently() { ! chrt --batch 0 true 2>/dev/null || echo "$(command -v chrt) --batch 0"; }

# $TINCAN_NATS_CONFIG: a configuration to begin from; ours are the address and where the data is.
# Several servers are a cluster.
nats_start() {
    local number name config=$ROOT/scripts/nats.conf cluster=()
    [ -z "${TINCAN_NATS_CONFIG:-}" ] || config=$(absolute "$TINCAN_NATS_CONFIG")
    for number in $(seq "${COUNT[nats]}"); do
        name=$(instance nats "$number")
        [ "${COUNT[nats]}" = 1 ] || cluster=(-n "$name" --cluster_name tincan
            --cluster "$(nats_url "${ROUTE_PORTS[number - 1]}")"
            --routes "$(nats_urls "${ROUTE_PORTS[@]}")")
        mkdir -p "$RUN/$name"
        process_start "$name" $(patiently) "$(command -v nats-server)" -c "$config" "${cluster[@]}" \
            -a 127.0.0.1 -p "${NATS_PORTS[number - 1]}" -js -sd "$RUN/$name"
    done
}

nats_url() { echo "nats://127.0.0.1:$1"; }

nats_urls() { # PORT... : separated by commas
    local IFS=, urls=("${@/#/$(nats_url '')}")
    echo "${urls[*]}"
}

nats_answers() { # PORT
    local line
    { IFS= read -r -t 2 line <&3; } 3<>"/dev/tcp/127.0.0.1/$1" 2>/dev/null && [[ $line == INFO* ]]
} 2>/dev/null

nats_ready() {
    local port
    for port in "${NATS_PORTS[@]::COUNT[nats]}"; do nats_answers "$port" || return 1; done
}

# wait_until SECONDS NAME COMMAND : polls; gives up at once when NAME keeps dying.
wait_until() {
    local end=$((SECONDS + $1)) name=$2
    until "$3"; do
        if [ $SECONDS -ge $end ] || [ "$(process_deaths "$name")" -ge 3 ]; then
            process_last_words "$name"
            return 1
        fi
        sleep 0.05
    done
}

servers_start() {
    mkdir -p "$RUN/logs" "$RUN/pids" "$RUN/sv"
    servers_remember
    postgres_home
    postgres_create
    postgres_start
    nats_start
    wait_until 30 postgres postgres_ready || return 1
    wait_until 30 nats nats_ready || return 1
    postgres_database
    TINCAN_NATS_URL=$(nats_urls "${NATS_PORTS[@]::COUNT[nats]}")
    export TINCAN_NATS_URL TINCAN_EVENTS_REPLICAS=${TINCAN_EVENTS_REPLICAS:-$((COUNT[nats] < 3 ? COUNT[nats] : 3))}
}

# Brings the schemas up to date, under the passwords that the services will use.
servers_migrate() {
    local role password
    for role in $ROLES; do
        password=PASSWORD_$role
        export "TINCAN_${role^^}_PASSWORD=${!password}"
    done
    (
        export TINCAN_DATABASE_URL=$(database_url postgres) TINCAN_MIGRATIONS_DIR=${TINCAN_MIGRATIONS_DIR:-$ROOT/migrations}
        [ ! -f "$RUN/env.d/migrate" ] || { set -a && . "$RUN/env.d/migrate" && set +a; }
        exec "$BUILD/migrate/tincan-migrate"
    ) >"$RUN/logs/migrate" 2>&1 ||
        { tail -n 15 "$RUN/logs/migrate" >&2 && say "(./dev reset begins with an empty database)" && return 1; }
    for role in $ROLES; do unset "TINCAN_${role^^}_PASSWORD"; done
}
