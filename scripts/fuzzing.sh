# libFuzzer on tests/fuzz/: the suite, and ./dev fuzz.

# Whatever reads what others send, for $TINCAN_FUZZ_SECONDS (7) each; what was found to reach new
# code is kept in build-fuzz/ for the next time.
suite_fuzz() {
    local name
    fuzz_build || return
    fuzz_names | xargs -P "$(nproc)" -I NAME sh -c 'scripts/fuzz "$1" "$2" >"$3/$1.log" 2>&1 && touch "$3/$1.passed"' \
        - NAME "${TINCAN_FUZZ_SECONDS:-7}" "$SCRATCH" || true
    for name in $(fuzz_names); do
        if [ -e "$SCRATCH/$name.passed" ]; then
            passed
        else
            tail -n 60 "$SCRATCH/$name.log"
            failed 1 "fuzz_$name"
        fi
    done
}

fuzz_names() { sources 'tests/fuzz/fuzz_*.c' | sed -E 's|.*/fuzz_(.*)\.c|\1|'; }

fuzz_build() {
    CC=clang BUILD=$ROOT/build-fuzz NINJA_TARGETS=$(fuzz_names | sed 's|^|tests/fuzz/fuzz_|') \
        build_all "$ROOT/build-fuzz" -Dfuzz=true -Dtests=disabled -Db_lundef=false -Db_sanitize=address,undefined
}

# ./dev fuzz NAME [--minutes N] [--keep]
fuzz_main() {
    local name=${1:-} minutes=10 keep=
    shift || true
    fuzz_names | grep -qxF "$name" || die "which one? $(fuzz_names | paste -sd' ')"
    while [ $# -gt 0 ]; do
        case $1 in
        --minutes) minutes=${2:-} && shift ;;
        --keep) keep=yes ;;
        *) die "fuzz does not know '$1'" ;;
        esac
        shift
    done
    [[ $minutes =~ ^[1-9][0-9]*$ ]] || die "--minutes needs a whole number"
    packages_need $PACKAGES_BUILD $PACKAGES_TEST
    fuzz_build
    scripts/fuzz "$name" $((minutes * 60)) || die "what it found is build-fuzz/$name-*"
    [ -z "$keep" ] || fuzz_keep "$name"
}

# As few of all inputs as reach the same code become the ones in the tree.
fuzz_keep() {
    local kept=tests/fuzz/corpus/$1 fewer=build-fuzz/fewer-$1
    rm -rf "$fewer"
    mkdir -p "$fewer" "$kept"
    build-fuzz/tests/fuzz/fuzz_"$1" -merge=1 -max_len=2048 "$fewer" "$kept" "build-fuzz/corpus/$1"
    rm -rf "$kept"
    mv "$fewer" "$kept"
}

# ./dev siege OPTION... : on what `./dev up` builds.
siege_main() {
    packages_need $PACKAGES_BUILD $PACKAGES_RUN $PACKAGES_TEST
    SCRATCH=$(mktemp -d /tmp/tincan-test.XXXXXX)
    trap 'rm -rf "$SCRATCH"' EXIT
    node_packages tests || die "npm ci failed"
    node tests/siege/run.js "$@"
}
