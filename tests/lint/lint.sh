#!/usr/bin/env bash
# What the house rules forbid and no compiler sees. Prints TAP; wants the programs built in $1.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$1
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

sources() { git ls-files -co --exclude-standard -- "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }

# Includes point one way; see docs/architecture.md.
may_include() { # FILE INCLUDED
    case $1 in
    tests/*) return 0 ;;
    shared/base/*) [[ $2 == shared/base/* ]] ;;
    shared/bus/*) [[ $2 == shared/base/* || $2 == shared/bus/* ]] ;;
    shared/http/*) [[ $2 == shared/base/* || $2 == shared/http/* ]] ;;
    shared/monitor/*) [[ $2 == shared/base/* || $2 == shared/bus/* || $2 == shared/http/* || $2 == shared/monitor/* ]] ;;
    shared/service/*) [[ $2 == shared/* ]] ;;
    edge/*) [[ $2 == edge/* || ($2 == shared/* && $2 != shared/service/*) ]] ;;
    services/*) [[ $2 == shared/* || $2 == "$(cut -d/ -f1-2 <<<"$1")"/* ]] ;;
    migrate/*) [[ $2 == shared/* || $2 == migrate/* ]] ;;
    cli/*) [[ $2 == cli/* || $2 == shared/base/* ]] ;;
    *) return 1 ;;
    esac
}

wrong_includes() {
    sources '*.c' '*.h' | xargs grep -Hno '^#include "[^"]*"' | while IFS=: read -r file line text; do
        included=$(cut -d'"' -f2 <<<"$text")
        [ -f "$included" ] || echo "$file:$line: $included is not a path from the top"
        may_include "$file" "$included" || echo "$file:$line: may not include $included"
    done
}

wrong_libraries() {
    sources 'edge/*.[ch]' 'services/*.[ch]' 'shared/*.[ch]' 'migrate/*.[ch]' 'cli/*.[ch]' |
        xargs grep -HnoE '^#include <(nats/|nats\.h|libpq-fe\.h|argon2\.h)[^>]*>' |
        grep -vE '^shared/bus/[^:]*:.*<nats/|^(shared/service/db[a-z_]*|migrate/database)\.[ch]:.*<libpq-fe|^services/auth/password\.c:.*<argon2'
}

# Is to be copied as it is, so it is one file, of two classes.
ONE_FILE=edge/web/tincan.js

too_long() { # LINES GLOB...
    local most=$1
    shift
    sources "$@" | grep -vxF "$ONE_FILE" | xargs wc -l | awk -v most="$most" '$2 != "total" && $1 > most { print $2 ": " $1 " lines" }'
}

# Reserved names, ourselves, XML namespaces, and where a licence or standard is quoted from. A lock file also says whom
# its packages ask for money.
foreign_hosts() {
    sources . | grep -vE '^docs/.*\.png$|package-lock\.json$' | xargs grep -HnoIE '(https?|wss?|nats|postgres(ql)?)://[A-Za-z0-9.-]+\.[A-Za-z]+' |
        grep -viE '://(([a-z0-9-]+\.)*exampl(e(\.(com|org|net))?)?|[a-z0-9.-]+\.(test|invalid|internal|evil)|www\.w3\.org|(etherx\.)?jabber\.org|(www\.)?rfc-editor\.org|json-schema\.org)$'
}

migration_names() {
    local names
    names=$(sources 'migrations/*' | xargs -n1 basename)
    grep -vE '^[0-9]{4}_(public|auth|grp|conv|msg)_[a-z0-9_]+\.sql$' <<<"$names"
    cut -c1-4 <<<"$names" | sort | uniq -d
}

# The settings that programs name under --help, each as "NAME default".
settings_of_programs() {
    local program
    for program in "$build"/edge/tincan-edge "$build"/services/*/tincan-* "$build"/migrate/tincan-migrate; do
        [ -f "$program" ] && [ -x "$program" ] && "$program" --help
    done | sed -nE 's/^  (TINCAN_[A-Z0-9_]+) .* (\[(.*)\]|\(required\))$/\1 \3/p' | sed 's/ *$//' | sort -u
}

# The rows of docs/operations.md: | `NAME` | `default` | effect |
settings_of_docs() {
    [ -f docs/operations.md ] || return
    sed -nE '/^## Settings of the programs/,/^## /{s/^\| `(TINCAN_[A-Z0-9_]+)` \| (`([^`]*)`|required|–) \|.*/\1 \3/p}' \
        docs/operations.md | sed 's/ *$//' | sort -u
}

check 'includes point one way' "$(wrong_includes)"
check 'nats.h, libpq-fe.h and argon2.h are each included where they belong' "$(wrong_libraries)"
check 'sources have at most 400 lines' "$(too_long 400 '*.c' '*.js' '*.mjs' '*.sh' 'scripts/*' dev)"
check "$ONE_FILE has at most 650 lines" "$(wc -l <$ONE_FILE | awk '$1 > 650 { print $1 " lines" }')"
check 'headers have at most 130 lines' "$(too_long 130 '*.h')"
check 'no file names a foreign host' "$(foreign_hosts)"
check 'lock files say nothing of where packages came from' \
    "$(sources '*package-lock.json' | xargs -r grep -Hn '"resolved": *"http')"
check 'nothing is left to do and no test is skipped' "$(sources '*.c' '*.h' '*.js' '*.sh' '*.sql' 'scripts/*' dev |
    grep -v '^tests/lint/' | xargs grep -HnE 'TODO|FIXME|\b(test|it|describe)\.(skip|only|todo)\b|skip: *true')"
check 'migrations are numbered, named after a schema, and no number is used twice' "$(migration_names)"
check 'shell scripts parse' "$(for f in dev scripts/* $(sources '*.sh' '.ci/*'); do bash -n "$f" 2>&1; done)"
check 'docs/operations.md has every setting that --help shows, with its default, and no other' \
    "$(diff <(settings_of_docs) <(settings_of_programs) | grep '^[<>]' | sed 's/^</only docs:/; s/^>/only --help:/')"
echo "1..$count"
