# ./dev analyze: readers of the code that take longer than a test may. Each prints what it finds.

PACKAGES_ANALYZE="cppcheck valgrind"
ANALYSES="cppcheck gcc clang valgrind"

analyze_main() {
    local name status=0
    packages_need $PACKAGES_BUILD $PACKAGES_TEST $PACKAGES_ANALYZE
    [ $# -gt 0 ] || set -- $ANALYSES
    for name in "$@"; do
        [[ " $ANALYSES " == *" $name "* ]] || die "analyze does not know '$name'; it knows: $ANALYSES"
        say "=== $name"
        (set +e && "analyze_$name") || { status=1 && say "=== $name has found something"; }
    done
    return $status
}

analyzed() { sources 'edge/*.c' 'shared/*.c' 'services/*.c' 'cli/*.c' 'migrate/*.c'; }

# What it is told not to say, in the code, has its reason beside it.
analyze_cppcheck() {
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        -j "$(nproc)" -I . -D__x86_64__ --library=tests/lint/cppcheck.cfg --suppress=missingIncludeSystem $(analyzed)
}

analyze_gcc() {
    build_all "$ROOT/build-analyze" -Dtests=disabled -Dc_args=-fanalyzer
}

# The path-sensitive half of clang-tidy. Not asked for: memcpy, strcpy and their kin (glibc has no checked form, and the bound
# stands beside each); use after free (it does not see that list_remove takes a node out of its list; gcc's analyser and ASan
# look for that); va_list (version 14 takes every one for uninitialised).
analyze_clang() {
    local checks='-*,clang-analyzer-*'
    checks+=,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-clang-analyzer-security.insecureAPI.strcpy
    checks+=,-clang-analyzer-unix.Malloc,-clang-analyzer-valist.Uninitialized
    CC=clang NINJA_TARGETS=build.ninja build_all "$ROOT/build-clang" -Db_sanitize=address,undefined -Db_lundef=false -Dtests=enabled
    analyzed | xargs -P "$(nproc)" -n 8 clang-tidy-14 -p "$ROOT/build-clang" --quiet -checks="$checks" 2>/dev/null
}

# Unit tests without sanitizers, which valgrind cannot run; nor can it those of the sandbox (system calls that it does not
# know) and of the listener (which uses up all descriptors, and valgrind has more).
analyze_valgrind() {
    build_all "$ROOT/build-valgrind" -Dtests=enabled
    meson test -C "$ROOT/build-valgrind" --no-rebuild --list --suite unit | sed 's|.* / ||' | grep -vxE 'edge_sandbox|listener' |
        xargs meson test -C "$ROOT/build-valgrind" --no-rebuild --suite unit --timeout-multiplier 10 --print-errorlogs \
            --wrap='valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,indirect'
}
