# All of TinCan on this machine: PostgreSQL, NATS, the services, the edges.

STACK_ORDER="postgres nats auth group conversation message edge" # down is the other way round

declare -A COUNT=([nats]=1 [edge]=1 [auth]=1 [group]=1 [conversation]=1 [message]=1)
DETACH= SERVERS_ONLY=

stack_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        -d | --detach) DETACH=yes ;;
        --servers) SERVERS_ONLY=yes ;;
        --nats | --edge | --auth | --group | --conversation | --message)
            [[ ${2:-} =~ ^[1-9][0-9]?$ ]] || die "$1 needs a number from 1 to 99"
            COUNT[${1#--}]=$2
            shift
            ;;
        *) die "up does not know '$1'" ;;
        esac
        shift
    done
}

build_all() { # DIRECTORY [MESON OPTION...]
    local dir=$1
    shift
    packages_need $PACKAGES_BUILD
    mkdir -p "$dir"
    (
        flock 9 # another ./dev may be at it
        [ -f "$dir/build.ninja" ] || meson setup "$dir" "$ROOT" "$@" >"$dir/setup.log" 2>&1 ||
            { tail -n 30 "$dir/setup.log" >&2 && exit 1; }
        ninja -C "$dir" ${NINJA_TARGETS:-} >"$dir/ninja.log" 2>&1 9>&- ||
            { grep -v '^\[.*\(Compiling\|Linking\)' "$dir/ninja.log" | tail -n 60 >&2 && exit 1; }
    ) 9>"$dir/.lock" || die "could not build in $dir"
}

binary() {
    case $1 in
    edge) echo "$BUILD/edge/tincan-edge" ;;
    *) echo "$BUILD/services/$1/tincan-$1" ;;
    esac
}

instance() { # KIND NUMBER
    [ "$2" = 1 ] && echo "$1" || echo "$1-$2"
}

stack_running() {
    local name
    for name in $(process_names); do
        process_supervised "$name" && return 0
    done
    return 1
}

stack_up() {
    stack_options "$@"
    packages_need $PACKAGES_RUN
    mkdir -p "$RUN"
    exec 8>"$RUN/.lock"
    flock 8
    if stack_running; then
        say "already running: $(stack_where) (./dev down stops it)"
        flock -u 8
        [ -n "$DETACH" ] || stack_follow "the stack goes on"
        return
    fi
    stack_sweep
    build_all "$BUILD" -Dtests=disabled
    trap 'stack_stop; exit 130' INT TERM
    stack_start || { stack_stop && die "it did not come up; the last lines above say why"; }
    flock -u 8
    say "TinCan is up: $(stack_where)"
    [ -n "$DETACH" ] || { stack_follow && stack_down; }
}

stack_where() {
    local url
    url=$(sed -n 's/^TINCAN_URL=//p' "$RUN/env" 2>/dev/null)
    echo "${url:-PostgreSQL and NATS only}, addresses in $RUN/env"
}

stack_start() {
    stack_http_ports || return 1
    servers_start 8>&- || return 1
    servers_migrate || return 1
    stack_write_env
    [ -z "$SERVERS_ONLY" ] || return 0
    local kind number
    for kind in auth group conversation message; do
        for number in $(seq "${COUNT[$kind]}"); do stack_service "$kind" "$number" 8>&-; done
    done
    for number in $(seq "${COUNT[edge]}"); do stack_edge "$number" 8>&-; done
    stack_wait_ready
}

# The edges' ports: $TINCAN_HTTP_PORT and the ones after it; 0 lets us choose.
stack_http_ports() {
    local number port
    HTTP_PORT=${TINCAN_HTTP_PORT:-8080}
    [ -z "$SERVERS_ONLY" ] || return 0
    [ "$HTTP_PORT" != 0 ] || HTTP_PORT=$(port_free)
    for number in $(seq "${COUNT[edge]}"); do
        port=$((HTTP_PORT + number - 1))
        port_taken "$port" || continue
        say "port $port is taken by $(port_owner "$port")"
        say "free it, or choose another one: TINCAN_HTTP_PORT=8081 ./dev up"
        return 1
    done
}

stack_service() {
    local name
    name=$(instance "$1" "$2")
    TINCAN_DATABASE_URL=$(database_url "$1") process_start "$name" "$(binary "$1")"
}

stack_edge() {
    local name
    name=$(instance edge "$1")
    (
        unset TINCAN_DATABASE_URL TINCAN_TLS_CERT TINCAN_TLS_KEY # it is asked over HTTP whether it is ready
        export TINCAN_HTTP_PORT=$((HTTP_PORT + $1 - 1)) TINCAN_WEB_DIR=${TINCAN_WEB_DIR:-$BUILD/edge/web}
        process_start "$name" "$(binary edge)"
    )
}

stack_write_env() {
    local role
    (
        umask 077
        {
            [ -n "$SERVERS_ONLY" ] || echo "TINCAN_URL=http://127.0.0.1:$HTTP_PORT"
            echo "TINCAN_NATS_URL=$TINCAN_NATS_URL"
            echo "TINCAN_DATABASE_URL=$(database_url postgres)"
            for role in $ROLES; do echo "TINCAN_DATABASE_URL_${role^^}=$(database_url "$role")"; done
        } >"$RUN/env.new"
        mv "$RUN/env.new" "$RUN/env"
    )
}

http_get() { # PORT PATH : the answer, headers and all
    local status=0
    timeout 3 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" &&
        printf "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n" "$2" "$1" >&3 &&
        cat <&3' - "$1" "$2" 2>/dev/null || status=$?
    return $status
}

edge_ready() { [[ $(http_get "$1" /readyz) == HTTP/1.1\ 200* ]]; }

stack_wait_ready() {
    local end=$((SECONDS + 60)) number port
    for number in $(seq "${COUNT[edge]}"); do
        port=$((HTTP_PORT + number - 1))
        until edge_ready "$port"; do
            if [ $SECONDS -ge $end ] || stack_hopeless; then
                say "GET /readyz of $(instance edge "$number"): $(http_get "$port" /readyz | tr -d '\r' | tr '\n' ' ')"
                stack_last_words
                return 1
            fi
            sleep 0.1
        done
    done
}

# Of those that have died; if none has, of all of ours.
stack_last_words() {
    local name dead=()
    for name in $(process_names); do
        [ "$(process_deaths "$name")" = 0 ] || dead+=("$name")
    done
    [ ${#dead[@]} -gt 0 ] || dead=($(process_names | grep -v '^\(postgres\|nats\)$'))
    for name in "${dead[@]}"; do process_last_words "$name" 6; done
}

# Something dies again and again: no need to wait for the end of our patience.
stack_hopeless() {
    local name
    for name in $(process_names); do
        [ "$(process_deaths "$name")" -lt 3 ] || return 0
    done
    return 1
}

stack_stop() {
    local kind names
    trap '' INT
    for kind in $(tr ' ' '\n' <<<"$STACK_ORDER" | tac); do
        names=$(process_names | grep -xE "$kind(-[0-9]+)?" || true)
        [ -z "$names" ] || process_stop $names
    done
    trap - INT TERM
}

stack_kill_orphans() {
    mkdir -p "$RUN/pids"
    local name
    for name in $(ls "$RUN/pids"); do process_kill_orphan "$name"; done
}

# Forgets an earlier run, and ends what a crash has left of it.
stack_sweep() {
    stack_kill_orphans
    rm -rf "$RUN/sv" "$RUN/pids" "$RUN/env" "$RUN/crashes"
}

stack_down() {
    [ -d "$RUN" ] || return 0
    stack_stop
    stack_kill_orphans
    rm -rf "$RUN/sv" "$RUN/pids" "$RUN/env"
}

# The next one begins to go when the one before it serves again.
stack_restart() { # [NAME...]
    local name names
    stack_running || die "nothing runs in $RUN"
    build_all "$BUILD" -Dtests=disabled
    names=$(process_names | grep -vE '^(postgres|nats)(-[0-9]+)?$')
    [ $# = 0 ] || names=$(for name in "$@"; do grep -xE "$name(-[0-9]+)?" <<<"$names" || die "there is no '$name'"; done)
    for name in $names; do
        process_restart "$name" || die "$name has not come back"
        say "$name has been replaced"
    done
}

stack_reset() {
    stack_down
    [ "$(id -u)" != 0 ] || rm -rf "$(postgres_far_home)"
    rm -rf "$RUN"
}

stack_ps() {
    local name
    stack_running || { say "nothing runs in $RUN" && return 1; }
    printf '%-16s %8s  %s\n' NAME PID STATE
    for name in $(process_names); do
        printf '%-16s %8s  %s\n' "$name" "$(process_pid "$name")" "$(process_state "$name")"
    done
}

stack_logs() {
    local follow=
    [ "${1:-}" != -f ] || { follow=yes && shift; }
    if [ -n "${1:-}" ]; then
        [ -f "$RUN/logs/$1" ] || die "there is no log of '$1'"
        tail -n 200 ${follow:+-F} "$RUN/logs/$1"
    elif [ -n "$follow" ]; then
        stack_follow "the stack goes on"
    else
        (cd "$RUN/logs" && tail -n 50 -- *)
    fi
}

# All logs, each line under its process's name, until Ctrl-C.
stack_follow() {
    local name tails=()
    say "Ctrl-C ends this${1:+; $1}"
    trap 'kill "${tails[@]}" 2>/dev/null' INT TERM
    for name in $(process_names); do
        tail -n 0 -F "$RUN/logs/$name" 2>/dev/null | sed -u "s/^/$(printf %-14s "$name") | /" &
        tails+=($!)
    done
    wait || true
    trap - INT TERM
}
