#!/usr/bin/env bash
# test.sh [--debian] : builds the images, brings compose.yaml up, kills each container in tests/compose, takes it down.
# --debian makes what others keep images of from Debian's packages instead; there is no Grafana among them.
# Wants the packages of tests/ to be there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

settings() {
    local port=$((20000 + RANDOM % 3000 * 4)) # below those of outgoing connections
    export COMPOSE_PROJECT_NAME=tincantest$$
    export TINCAN_HTTP_PORT=$port TINCAN_HTTPS_PORT=$((port + 1)) PROMETHEUS_PORT=$((port + 2)) GRAFANA_PORT=$((port + 3))
    export TINCAN_URL=http://127.0.0.1:$port
    TINCAN_CERTIFICATES=$(mktemp -d)
    export TINCAN_CERTIFICATES
}

certificate() { # of 127.0.0.1, by itself
    (
        cd "$TINCAN_CERTIFICATES"
        openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=chat -addext subjectAltName=IP:127.0.0.1 \
            -keyout key -out certificate 2>/dev/null
        cat certificate key >chat.pem
        rm certificate key
        chmod -R a+rX .
    )
}

debian_images() {
    local name
    for name in postgres nats haproxy prometheus; do
        docker build -q -t "tincan-$name" -f "compose/debian/$name.Dockerfile" compose/debian
        export "${name^^}_IMAGE=tincan-$name"
    done
}

down() {
    local status=$?
    [ $status = 0 ] || { $COMPOSE ps && $COMPOSE logs --tail 40; } >&2
    $COMPOSE down -v -t 5 >/dev/null 2>&1
    rm -rf "$TINCAN_CERTIFICATES"
}

main() {
    local profile=watch program=docker-compose
    ! docker compose version >/dev/null 2>&1 || program="docker compose"
    settings
    if [ "${1:-}" = --debian ]; then
        profile=prometheus
        debian_images
    fi
    export COMPOSE="$program -f compose/compose.yaml -f compose/tls.yaml --profile $profile"
    trap down EXIT
    certificate
    $COMPOSE config -q
    $COMPOSE build
    $COMPOSE up -d
    echo "up after $SECONDS s"
    node --test tests/compose/compose.test.js
    echo "compose-test: passed in $SECONDS s"
}

main "$@"; exit
