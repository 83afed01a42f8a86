#!/usr/bin/env bash
# package.sh DIRECTORY : what others get, made and looked at in DIRECTORY. Makes the tarball of what is here, committed or
# not, builds it elsewhere as anyone would, installs it, and holds what is installed against itself. Prints TAP.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$1
root=$work/root # what would be /
count=0

# check NAME FINDINGS : passes when there is nothing to say.
check() {
    count=$((count + 1))
    if [ -z "$2" ]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        sed 's/^/#   /' <<<"$2"
    fi
}

# quiet COMMAND... : its output, if it fails.
quiet() {
    local out
    out=$("$@" 2>&1) || tail -n 40 <<<"$out"
}

# meson dist takes commits: a repository of its own, so that what is not committed yet is in it too.
make_tarball() {
    mkdir -p "$work/checkout"
    git ls-files -co --exclude-standard -z | xargs -0 -I FILE sh -c '[ ! -f "$1" ] || printf "%s\0" "$1"' - FILE |
        tar -c --null -T - | tar -x -C "$work/checkout"
    (
        cd "$work/checkout" && git init -q &&
            git add -A && git -c user.name=package -c user.email=package@example.org commit -q -m package
    ) && meson setup "$work/dist" "$work/checkout" -Dtests=disabled &&
        meson dist -C "$work/dist" --no-tests --formats gztar
}

build() {
    mkdir "$work/elsewhere" && tar -x -C "$work/elsewhere" -f "$work"/dist/meson-dist/*.tar.gz &&
        cd "$work"/elsewhere/* && meson setup build --prefix=/usr -Dtests=disabled &&
        ninja -C build && DESTDIR=$root meson install -C build --no-rebuild
}

programs() { (cd "$root/usr/bin" && ls); }

wrong_versions() {
    local version program
    version=$(sed -nE "s/^  version: '(.*)',/\1/p" meson.build)
    for program in $(programs); do
        [ "$("$root/usr/bin/$program" --version)" = "$program $version" ] || echo "$program --version"
    done
}

pages() { find "$root/usr/share/man" -type f; }

missing_pages() {
    local program
    for program in $(programs); do
        pages | grep -qE "/$program\.[18]$" || echo "$program has no manual page"
    done
}

# Each setting that a program names under --help stands in its page.
missing_settings() {
    local page program
    for page in "$root"/usr/share/man/man8/*.8; do
        program=$(basename "$page" .8)
        diff <("$root/usr/bin/$program" --help | grep -o '^  TINCAN_[A-Z0-9_]*' | tr -d ' ') \
            <(sed -n 's/^\.It Ev //p' "$page") | sed -n "s/^[<>]/$program(8):/p"
    done
}

# Each command and option of `tincan --help` stands in tincan(1) and in docs/tincan.md.
missing_commands() {
    local word shown
    shown=$(mandoc -T ascii "$root/usr/share/man/man1/tincan.1" | sed 's/.\x08//g')
    for word in $("$root/usr/bin/tincan" --help | sed -nE 's/^  ([a-z]+) .*/\1/p'); do
        grep -qE "^\.It Cm $word( |$)" "$root/usr/share/man/man1/tincan.1" || echo "tincan(1): $word"
        grep -q "^| \`$word" docs/tincan.md || echo "docs/tincan.md: $word"
    done
    for word in $("$root/usr/bin/tincan" --help | grep -oE -- '--?[a-z-]+' | sort -u); do
        grep -qF -- "$word" <<<"$shown" || echo "tincan(1): $word"
        grep -qF -- "$word" docs/tincan.md || echo "docs/tincan.md: $word"
    done
}

# As if they were in /usr: what they start must be there.
units() {
    local unit
    mkdir -p "$work/units"
    for unit in "$root"/usr/lib/systemd/system/*; do
        sed "s|^ExecStart=|&$root|" "$unit" >"$work/units/$(basename "$unit")"
    done
    ls "$work"/units/*.service
}

too_open() {
    local unit
    for unit in "$work"/units/*.service; do
        quiet systemd-analyze security --no-pager --offline=yes --threshold=15 "$unit" | tail -n 1
    done
}

# systemd-sysusers makes the users that the units run as.
missing_users() {
    local user
    mkdir -p "$root/etc"
    quiet systemd-sysusers --root="$root" tincan.conf
    for user in $(sed -n 's/^User=//p' "$work"/units/*.service | sort -u); do
        grep -q "^$user:" "$root/etc/passwd" || echo "nobody makes the user $user"
    done
}

# What compiler and linker were asked for, read off what they made; docs/decisions/0020-shut-in.md.
too_soft() {
    local program seen
    for program in $(programs); do
        seen=$(readelf -hldW --dyn-syms -W "$root/usr/bin/$program")
        grep -qE '^ +Type: +DYN ' <<<"$seen" || echo "$program is at a fixed place"
        grep -qE '\(FLAGS_1\).* NOW' <<<"$seen" || echo "$program binds late"
        grep -q '^ *GNU_RELRO ' <<<"$seen" || echo "$program has no RELRO"
        grep -qE '^ *GNU_STACK .* RW +0x' <<<"$seen" || echo "$program has an executable stack"
        grep -qE '__stack_chk_fail' <<<"$seen" || echo "$program has no stack protector"
        grep -qE '__[a-z]+_chk@' <<<"$seen" || echo "$program is not fortified"
    done
    [ "$(uname -m)" != x86_64 ] || objdump --disassemble=main "$root/usr/bin/tincan-edge" | grep endbr64 >/dev/null ||
        echo 'no branch target is marked'
}

# It serves, and ends, without NATS too; each of its threads is shut in.
too_free() {
    local pid task
    mkfifo "$work/log"
    exec 3<>"$work/log"
    TINCAN_HTTP_PORT=0 TINCAN_NATS_URL=nats://127.0.0.1:1 "$root/usr/bin/tincan-edge" 2>"$work/log" &
    pid=$!
    timeout 20 grep -m1 event=sandbox <&3 | grep -v calls=filtered
    for task in "/proc/$pid"/task/*; do
        grep -q '^Seccomp:[[:space:]]2$' "$task/status" || echo "$task makes any system call"
        grep -q '^NoNewPrivs:[[:space:]]1$' "$task/status" || echo "$task may get new rights"
    done
    kill "$pid"
    wait "$pid" || echo "it ended with $?"
    exec 3>&-
}

check 'a tarball is made' "$(quiet make_tarball)"
check 'it builds elsewhere, and installs' "$(quiet build)"
check 'every program knows its version' "$(wrong_versions)"
check 'the programs are built so that faults are hard to use' "$(too_soft)"
check 'the edge shuts itself in' "$(too_free)"
check 'every program has a manual page' "$(missing_pages)"
check 'the pages have every setting that --help shows, and no other' "$(missing_settings)"
check 'tincan(1) and docs/tincan.md have every command and option' "$(missing_commands)"
check 'mandoc finds no fault in the pages' "$(pages | xargs mandoc -T lint -W warning)"
check 'systemd finds no fault in the units' "$(units | xargs systemd-analyze verify --man=no 2>&1)"
check 'the units keep their programs in a sandbox' "$(too_open)"
check 'the users of the units are made' "$(missing_users)"
check 'migrations and web client are where the programs look for them' "$(
    diff -r migrations "$root/usr/share/tincan/migrations"
    "$root/usr/bin/tincan-migrate" --help | grep -qF '[/usr/share/tincan/migrations]' || echo 'the migrations are looked for elsewhere'
    [ -f "$root$(sed -n 's/^Environment=.*TINCAN_WEB_DIR=//p' "$work/units/tincan-edge@.service")/index.html" ] || echo 'no web client')"
echo "1..$count"
