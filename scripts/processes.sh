# One supervised process: a directory $RUN/sv/NAME with a run script, kept running by runit's runsv.

# process_start NAME COMMAND... : returns at once; the environment is passed on, and what
# $RUN/env.d/NAME, a shell file of settings for that process alone, says besides.
process_start() {
    local name=$1 dir=$RUN/sv/$1
    mkdir -p "$dir" "$RUN/logs" "$RUN/pids"
    rm -rf "$dir/starts" "$dir/supervise"
    {
        echo '#!/bin/sh'
        printf 'exec'
        printf ' %q' "$ROOT/scripts/supervised" "$@"
        echo
    } >"$dir/run"
    process_finish_script "$name" >"$dir/finish"
    chmod 755 "$dir/run" "$dir/finish"
    touch "$RUN/logs/$name"
    (
        [ ! -f "$RUN/env.d/$name" ] || { set -a && . "$RUN/env.d/$name" && set +a; }
        setsid runsv "$dir" </dev/null >>"$RUN/logs/$name" 2>&1 &
        echo $! >"$dir/runsv.pid"
    )
}

# runsv calls it with the exit code (-1: a signal) and the signal's number. Ends that nobody asked
# for are kept in $RUN/crashes; nats-server ends with 1 when it is asked to.
process_finish_script() {
    echo '#!/bin/sh'
    echo "case \"$1.\$1.\$2\" in"
    echo '*.0.* | *.-1.2 | *.-1.9 | *.-1.15 | nats*.1.*) exit ;;'
    echo 'esac'
    printf 'echo "%s ended with status $1, signal $2 (0: none)" | tee -a %q >>%q\n' \
        "$1" "$RUN/crashes" "$RUN/logs/$1"
}

# Asks PostgreSQL for its "fast" shutdown, where runsv would send a TERM that waits for clients.
process_stop_with_int() {
    mkdir -p "$RUN/sv/$1/control"
    printf '#!/bin/sh\nkill -INT "$(cat supervise/pid)"\n' >"$RUN/sv/$1/control/t"
    chmod 755 "$RUN/sv/$1/control/t"
}

# process_stop NAME... : stops all of them together, kills what is there after 15 s. Each runsv holds
# its lock until its process has ended and so has it: `sv` would look only twice a second.
process_stop() {
    local name dir dirs=()
    for name in "$@"; do
        process_supervised "$name" && dirs+=("$RUN/sv/$name")
    done
    [ ${#dirs[@]} = 0 ] || sv exit "${dirs[@]}" >/dev/null 2>&1 || true
    for dir in "${dirs[@]}"; do
        flock -w 15 "$dir/supervise/lock" true || sv -w 1 force-shutdown "$dir" >/dev/null 2>&1 || true
    done
    for name in "$@"; do
        process_kill_orphan "$name"
        rm -rf "$RUN/sv/$name" "$RUN/pids/$name"
    done
}

# Ends one of TinCan's processes, however long it may take, and returns when the next one serves.
process_restart() {
    local before end
    before=$(process_ups "$1")
    sv -w 610 restart "$RUN/sv/$1" >/dev/null 2>&1 || return 1
    end=$((SECONDS + 60))
    until [ "$(process_ups "$1")" -gt "$before" ]; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# How often it has had NATS.
process_ups() { grep -c ' event=nats_up ' "$RUN/logs/$1" || true; }

process_supervised() { sv status "$RUN/sv/$1" 2>/dev/null | grep -qv '^\(fail\|warning\)'; }

process_pid() { cat "$RUN/pids/$1" 2>/dev/null; }

# A process whose runsv was killed goes on by itself: its pid file finds it, and its command line
# or environment says whether it is still ours.
process_kill_orphan() {
    local pid
    pid=$(process_pid "$1") || return 0
    process_is_ours "$pid" || return 0
    kill -9 "$pid" 2>/dev/null || return 0
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
}

process_is_ours() {
    [ -n "$1" ] && [ -r "/proc/$1/cmdline" ] || return 1
    tr '\0' '\n' 2>/dev/null <"/proc/$1/environ" | grep -qxF "TINCAN_RUN=$RUN" ||
        tr '\0' '\n' 2>/dev/null <"/proc/$1/cmdline" | grep -qxF -e "$RUN/nats" -e "$RUN/pg" -e "$(postgres_far_home)"
}

process_names() {
    local dir
    for dir in "$RUN"/sv/*/; do
        [ -d "$dir" ] && basename "$dir"
    done
    return 0
}

# How often it has died young, one time after another.
process_deaths() {
    local deaths
    read -r _ deaths 2>/dev/null <"$RUN/sv/$1/starts" && echo "$deaths" || echo 0
}

process_state() {
    local status
    status=$(sv status "$RUN/sv/$1" 2>/dev/null) || true
    case $status in
    run:*) echo running ;;
    down:* | finish:*) echo restarting ;;
    *) echo dead ;;
    esac
}

# The last words of a process, for whoever asks why it does not run.
process_last_words() {
    say "--- $1 ($(process_state "$1"), $RUN/logs/$1):"
    tail -n "${2:-15}" "$RUN/logs/$1" >&2 2>/dev/null || true
}
