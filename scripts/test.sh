# ./dev test: each suite adds to PASSED and FAILED, and says what failed.

SUITES="format lint unit nats store tidy fuzz package e2e browser chaos clang tsan"
BESIDE="tidy fuzz package" # only compute: they take what CPU time the others leave
PASSED=0 FAILED=0
SCRATCH=

test_main() {
    local suite suites=() files=()
    for suite in "$@"; do
        if [ -f "$suite" ]; then
            files+=("$suite")
        elif [[ " $SUITES " == *" $suite "* ]]; then
            suites+=("$suite")
        else
            die "there is no suite or file '$suite'; suites: $SUITES"
        fi
    done
    [ $# -gt 0 ] || suites=($SUITES)
    packages_need $PACKAGES_BUILD $PACKAGES_RUN $PACKAGES_TEST

    SCRATCH=$(mktemp -d /tmp/tincan-test.XXXXXX)
    chmod 755 "$SCRATCH" # user postgres passes through
    trap test_end EXIT
    trap 'exit 130' INT TERM
    export TINCAN_FIRST_CLUSTER=$SCRATCH/cluster
    test_begin_beside "${suites[@]}"
    for suite in "${suites[@]}"; do
        [[ " ${BEGUN[*]} " == *" $suite "* ]] || test_suite "$suite"
    done
    test_end_beside
    [ ${#files[@]} = 0 ] || { BUILD=$ROOT/build-asan && test_files "${files[@]}"; }
    echo "$PASSED passed, $FAILED failed"
    [ "$FAILED" = 0 ]
}

# test_begin_beside SUITE... : where some of them only compute and others wait, for time or for each other, begins with
# those, one after the other, when nobody else wants the CPU; builds ahead for a later one too. What they say comes at the end.
test_begin_beside() {
    local suite computing=() waiting=()
    for suite in "$@"; do
        if [[ " $BESIDE " == *" $suite "* ]]; then computing+=("$suite"); else waiting+=("$suite"); fi
    done
    BEGUN=() BESIDE_PID=
    [ ${#computing[@]} -gt 0 ] && [ ${#waiting[@]} -gt 0 ] || return 0
    BEGUN=("${computing[@]}")
    set -m # a process group of their own, to be ended together
    (
        chrt --idle --pid 0 "$BASHPID" 2>/dev/null || renice -n 19 "$BASHPID" >/dev/null
        for suite in "${computing[@]}"; do test_suite "$suite"; done
        [[ " ${waiting[*]} " != *" tsan "* ]] || (tsan_build)
        echo "$PASSED $FAILED" >"$SCRATCH/result-beside"
    ) >"$SCRATCH/beside" 2>&1 </dev/null &
    BESIDE_PID=$!
    set +m
}

test_end_beside() {
    [ -n "$BESIDE_PID" ] || return 0
    wait "$BESIDE_PID" || true
    BESIDE_PID=
    cat "$SCRATCH/beside"
    test_add "$SCRATCH/result-beside"
}

test_end() {
    local run
    [ -z "${BESIDE_PID:-}" ] || kill -- "-$BESIDE_PID" 2>/dev/null || true
    for run in "$SCRATCH"/run-*; do
        [ -d "$run" ] && (RUN=$run TINCAN_RUN=$run && stack_down)
    done
    rm -rf "$SCRATCH"
}

# Each in a shell of its own: what one sets or breaks, the next does not see.
test_suite() {
    local start=$SECONDS result=$SCRATCH/result-$1
    echo "=== $1"
    (
        set +e
        PASSED=0 FAILED=0
        "suite_$1" </dev/null
        echo "$PASSED $FAILED" >"$result"
    ) || true
    [ -s "$result" ] || echo '0 1' >"$result" # it could not run
    test_add "$result"
    echo "=== $1: $(tr ' ' '/' <"$result") passed/failed in $((SECONDS - start)) s"
}

test_add() {
    local passed=0 failed=1
    [ ! -s "$1" ] || read -r passed failed <"$1"
    PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed))
}

passed() { PASSED=$((PASSED + ${1:-1})); }

failed() { # COUNT WHY
    FAILED=$((FAILED + $1))
    echo "FAILED: $2"
}

# count_tap COMMAND... : a TAP stream without subtests; shows what is not ok.
count_tap() {
    local out=$SCRATCH/tap-$BASHPID good bad
    "$@" >"$out" 2>&1
    good=$(grep -c '^ok ' "$out")
    bad=$(grep -c '^not ok ' "$out")
    grep -v '^ok ' "$out" | grep -v '^1\.\.'
    passed "$good"
    [ "$bad" = 0 ] || failed "$bad" "$1"
    grep -q '^1\.\.' "$out" || failed 1 "$1 did not come to its end"
}

# Built quickly: what an optimiser warns of, the suite `package` sees.
sanitized_build() { # DIRECTORY SANITIZERS
    BUILD=$ROOT/$1
    export TINCAN_BUILD=$BUILD
    build_all "$BUILD" -Db_sanitize="$2" -Db_lundef=false -Dtests=enabled -Doptimization=1 -Ddebug=false -Dc_args=-g1
}

# The first report ends the process, with a status that is nobody else's, and is kept in $1.*
sanitizers_report_to() {
    export ASAN_OPTIONS=exitcode=99:detect_stack_use_after_return=1${1:+:log_path=$1}
    export UBSAN_OPTIONS=exitcode=99:halt_on_error=1:print_stacktrace=1${1:+:log_path=$1}
    export TSAN_OPTIONS=exitcode=99:halt_on_error=1:suppressions=$ROOT/tests/support/tsan.supp${1:+:log_path=$1}
    export LSAN_OPTIONS=suppressions=$ROOT/tests/support/lsan.supp:print_suppressions=0
}

# Ours, committed or not.
sources() {
    local file
    for file in $(git ls-files -co --exclude-standard "$@"); do [ ! -f "$file" ] || echo "$file"; done
}

suite_format() {
    local wrong
    wrong=$(sources '*.c' '*.h' | xargs -r clang-format-14 --dry-run 2>&1 | grep -oE '^[^:]+\.[ch]:[0-9]+' | sort -u)
    if [ -z "$wrong" ]; then
        passed
    else
        failed 1 "clang-format -i would change:"
        echo "$wrong"
    fi
}

# One test a file. What has passed and has not changed since, headers included, is not read again.
suite_tidy() {
    CC=clang sanitized_build build-clang address,undefined || return
    local state file kept=$BUILD/tidy
    mkdir -p "$kept"
    state=$(sources '*.h' '*.clang-tidy' meson.build '*/meson.build' | xargs cat | sha256sum)
    for file in $(sources '*.c'); do
        echo "$file=$({ echo "$state" && cat "$file"; } | sha256sum | cut -c1-40)"
    done >"$SCRATCH/tidy"
    export BUILD
    while read -r file; do [ -e "$kept/${file#*=}" ] || echo "$file"; done <"$SCRATCH/tidy" |
        xargs -r -P "$(nproc)" -n 8 scripts/tidy "$kept"
    while read -r file; do
        if [ -e "$kept/${file#*=}" ]; then passed; else failed 1 "clang-tidy ${file%=*}"; fi
    done <"$SCRATCH/tidy"
}

suite_lint() {
    sanitized_build build-asan address,undefined || return
    count_tap tests/lint/lint.sh "$BUILD"
    packages_need $PACKAGES_CONTAINERS
    [ -n "$(apt-cache madison libc6 2>/dev/null)" ] || apt_get update -qq
    node_ready tests && RUN=$SCRATCH && node_tests tests/lint/*.test.js
}

# A build as others make it: gcc, optimised, without sanitizers.
suite_package() {
    mkdir "$SCRATCH/package"
    count_tap tests/package/package.sh "$SCRATCH/package"
}

# meson_tests SUITE : counts each test of each program.
meson_tests() {
    local log=$SCRATCH/meson-$1.log results=$BUILD/meson-logs/$1.junit.xml status=0 counts tests bad
    sanitizers_report_to ''
    rm -f "$results"
    timeout -k 10 600 meson test -C "$BUILD" --no-rebuild --suite "$1" --logbase "$1" --print-errorlogs >"$log" 2>&1 || status=$?
    counts=$(grep -oE '<testsuites [^>]*>' "$results" 2>/dev/null)
    tests=$(grep -oE 'tests="[0-9]+"' <<<"$counts" | tr -cd 0-9)
    bad=$(($(grep -oE '(errors|failures)="[0-9]+"' <<<"$counts" | tr -cd '0-9\n' | paste -sd+ || true)+0))
    [ "$status" = 0 ] || cat "$log"
    [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
    passed $((${tests:-0} - bad > 0 ? ${tests:-0} - bad : 0))
    [ "$bad" = 0 ] || failed "$bad" "$1 tests in $BUILD"
    [ "${tests:-0}" != 0 ] || failed 1 "no $1 test ran"
}

suite_unit() {
    sanitized_build build-asan address,undefined || return
    meson_tests unit
}

suite_nats() {
    sanitized_build build-asan address,undefined || return
    meson_tests nats
}

suite_clang() {
    CC=clang sanitized_build build-clang address,undefined || return
    meson_tests unit
    store_tests
}

suite_store() {
    sanitized_build build-asan address,undefined || return
    store_tests
}

store_tests() {
    test_stack store --servers || { failed 1 "no PostgreSQL" && return; }
    (. "$RUN/env" && export ${!TINCAN_DATABASE_URL*} TINCAN_NATS_URL && PASSED=0 FAILED=0 &&
        meson_tests store && echo "$PASSED $FAILED" >"$SCRATCH/store")
    test_add "$SCRATCH/store"
    stack_down
}

# test_stack NAME OPTION... : a stack of its own, as the tests expect it to be set up.
test_stack() {
    RUN=$SCRATCH/run-$1-$$
    export TINCAN_RUN=$RUN TINCAN_HTTP_PORT=0 TINCAN_REGISTRATIONS_PER_MINUTE=100000 TINCAN_LOGIN_FAILURES_ADDRESS=100000
    export TINCAN_CONNECTIONS_ADDRESS=100000 TINCAN_ADDRESS_PER_S=100000 TINCAN_ADDRESS_BURST=100000
    shift
    "$ROOT/dev" up -d "$@"
}

suite_e2e() {
    sanitized_build build-asan address,undefined || return
    test_files tests/e2e/*.test.js
}

# The threads of edge and services under ThreadSanitizer, by the tests that make them meet.
tsan_build() { sanitized_build build-tsan thread; }

suite_tsan() {
    tsan_build || return
    meson_tests unit
    meson_tests nats
    test_files tests/e2e/{messages,typing,recovery,tls}.test.js
}

# People at browsers. They bring up a stack themselves, since they kill its edge.
suite_browser() {
    packages_need $PACKAGES_BROWSER
    sanitized_build build-asan address,undefined || return
    node_ready tests || return
    RUN=$SCRATCH
    export TINCAN_SCREENSHOTS=$ROOT/build-asan/screenshots
    node_tests tests/browser/*.test.js
    count_crashes
}

# The load, the schedule that kills, and the checker bring up a stack themselves.
suite_chaos() {
    sanitized_build build-asan address,undefined || return
    node_ready tests || return
    RUN=$SCRATCH
    node_tests tests/chaos/*.test.js
    count_crashes
}

node_packages() { # DIRECTORY
    (cd "$1" && { [ node_modules -nt package-lock.json ] || npm ci --no-audit --no-fund >"$SCRATCH/npm" 2>&1; })
}

# node_ready DIRECTORY... : their packages, and a place for what sanitizers say.
node_ready() {
    local directory
    for directory in "$@"; do
        node_packages "$directory" || { cat "$SCRATCH/npm" && failed 1 "npm ci" && return 1; }
    done
    mkdir -p "$SCRATCH/sanitizer"
    chmod 777 "$SCRATCH/sanitizer"
    sanitizers_report_to "$SCRATCH/sanitizer/report"
}

# test_files FILE... : node tests against a stack of their own out of $BUILD.
test_files() {
    [ -e "$1" ] || return
    node_ready tests docs/examples || return
    test_stack "e2e" || { failed 1 "the stack did not come up" && return; }
    node_tests "$@"
    stack_down
    count_crashes
}

# node_tests FILE... : three at a time; beside them what only waits, for a minute, and so is in nobody's way.
node_tests() {
    local file working=() waiting=() status=0 waiting_pid=
    for file in "$@"; do
        if [[ $file == */idle.test.js ]]; then waiting+=("$file"); else working+=("$file"); fi
    done
    if [ ${#waiting[@]} -gt 0 ]; then
        node_run "$SCRATCH/node-waiting.out" "${waiting[@]}" &
        waiting_pid=$!
    fi
    if [ ${#working[@]} -gt 0 ]; then
        node_run "$SCRATCH/node.out" "${working[@]}" || status=$?
        count_node "$SCRATCH/node.out" "$status"
    fi
    [ -n "$waiting_pid" ] || return 0
    status=0
    wait "$waiting_pid" || status=$?
    count_node "$SCRATCH/node-waiting.out" "$status"
}

# node_run OUTPUT FILE... : with the addresses of the stack in $RUN, if there is one.
node_run() (
    set -a
    [ ! -f "$RUN/env" ] || . "$RUN/env"
    set +a
    postgres_programs
    exec timeout -k 10 900 node --test --test-concurrency=3 --test-reporter=tap "${@:2}" >"$1" 2>&1
)

count_node() { # OUTPUT STATUS
    local good bad
    good=$(sed -n 's/^# pass //p' "$1" | tail -1)
    bad=$(awk '/^# (fail|cancelled) / { n += $3 } END { print n + 0 }' "$1")
    passed "${good:-0}"
    if [ "$2" != 0 ] || [ "$bad" != 0 ]; then
        grep -vE '^ *(ok |duration_ms|type:|---|\.\.\.|1\.\.)' "$1"
        failed "$((bad > 0 ? bad : 1))" "tests in Node"
    fi
}

# A sanitizer's report, or a process that ended in a way no test asks for, fails the run.
count_crashes() {
    local report
    for report in "$SCRATCH"/sanitizer/report*; do
        [ -e "$report" ] || continue
        cat "$report"
        failed 1 "a sanitizer has something to say"
    done
    rm -f "$SCRATCH"/sanitizer/report*
    while read -r report; do
        failed 1 "$report"
    done < <(cat "$RUN/crashes" 2>/dev/null)
}

# ./dev chaos OPTION... : longer than the suite, and on what `./dev up` builds.
chaos_main() {
    packages_need $PACKAGES_BUILD $PACKAGES_RUN $PACKAGES_TEST
    SCRATCH=$(mktemp -d /tmp/tincan-test.XXXXXX)
    trap 'rm -rf "$SCRATCH"' EXIT
    node_packages tests || die "npm ci failed"
    node tests/chaos/run.js "$@"
}

# ./dev compose-test OPTION... : its packages, and all else is in containers.
compose_main() {
    packages_need nodejs npm
    SCRATCH=$(mktemp -d /tmp/tincan-test.XXXXXX)
    trap 'rm -rf "$SCRATCH"' EXIT
    node_packages tests || die "npm ci failed"
    compose/test.sh "$@"
}

# ./dev bench OPTION... : the load and the floors are built for it only.
bench_main() {
    packages_need $PACKAGES_BUILD $PACKAGES_RUN $PACKAGES_TEST
    NINJA_TARGETS="all tests/bench/bench-client bench-floors" build_all "$BUILD" -Dtests=disabled
    case " $* " in
    *" --peers "*) bench_peers "$@" ;;
    *) exec node tests/bench/run.js "$@" ;;
    esac
}

bench_peers() {
    local directory
    packages_need $PACKAGES_PEERS
    SCRATCH=$(mktemp -d /tmp/tincan-test.XXXXXX)
    trap 'rm -rf "$SCRATCH"' EXIT
    for directory in tests tests/bench/peers/socketio; do
        node_packages $directory || die "npm ci failed in $directory"
    done
    node tests/bench/peers.js "$@"
}
