#!/usr/bin/env bash
# test.sh [--debian] : builds the images, brings compose.yaml up, talks to it, takes it down again.
# --debian makes PostgreSQL and NATS out of Debian's packages instead of fetching their images.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

compose() {
    if docker compose version >/dev/null 2>&1; then
        docker compose -p "$PROJECT" -f compose/compose.yaml "$@"
    else
        docker-compose -p "$PROJECT" -f compose/compose.yaml "$@"
    fi
}

fail() {
    echo "compose-test: $*" >&2
    compose ps >&2
    compose logs --tail 20 >&2
    exit 1
}

http() { # METHOD PATH [JSON] : the answer's status and body
    exec 3<>"/dev/tcp/127.0.0.1/$TINCAN_HTTP_PORT"
    printf '%s %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' \
        "$1" "$2" "$TINCAN_HTTP_PORT" "${#3}" "${3:-}" >&3
    timeout 5 cat <&3 | tr -d '\r'
    exec 3>&-
} 2>/dev/null

wait_for() { # SECONDS WHAT COMMAND...
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ $SECONDS -lt "$end" ] || fail "$what: not within time"
        sleep 0.5
    done
}

ready() { http GET /readyz '' | head -1 | grep -q ' 200 '; }

PROJECT=tincantest$$
export TINCAN_HTTP_PORT=${TINCAN_HTTP_PORT:-$((20000 + RANDOM % 12000))}
if [ "${1:-}" = --debian ]; then
    export POSTGRES_IMAGE=tincan-postgres NATS_IMAGE=tincan-nats
    docker build -q -t "$POSTGRES_IMAGE" -f compose/debian/postgres.Dockerfile compose/debian
    docker build -q -t "$NATS_IMAGE" -f compose/debian/nats.Dockerfile compose/debian
fi

compose config -q
trap 'compose down -v -t 5 >/dev/null 2>&1' EXIT
compose build
compose up -d
wait_for 120 'GET /readyz' ready
echo "ready after $SECONDS s"

name=compose-$RANDOM
http POST /auth/register "{\"username\":\"$name\",\"password\":\"correct horse\"}" | head -1 | grep -q ' 201 ' ||
    fail 'nobody can register'
compose restart auth
wait_for 60 'GET /readyz after a restart' ready
http POST /auth/login "{\"username\":\"$name\",\"password\":\"correct horse\"}" | head -1 | grep -q ' 200 ' ||
    fail 'the one who registered cannot log in'
if compose logs | grep -E 'nats_error|Permissions Violation'; then
    fail 'somebody says on NATS what compose/nats.conf does not allow'
fi
echo 'compose-test: passed'
