# What TinCan needs of Debian 12, and how it gets there without touching what runs already.

PACKAGES_BUILD="gcc libc6-dev meson ninja-build pkg-config libuv1-dev libcjson-dev libnats-dev
    libpq-dev libargon2-dev libssl-dev libcmocka-dev"
PACKAGES_RUN="postgresql postgresql-client nats-server runit"
PACKAGES_TEST="clang clang-format-14 clang-tidy-14 libclang-rt-14-dev nodejs npm git openssl mandoc systemd prometheus"
PACKAGES_CONTAINERS="docker-compose haproxy" # to read what is in compose/
PACKAGES_BROWSER="chromium fonts-dejavu-core"

PACKAGES_PEERS="mosquitto ejabberd erlang-p1-pgsql" # what ./dev bench --peers measures beside TinCan

package_installed() {
    case $1 in
    # Other packages than Debian's may bring these; what is there is good.
    postgresql) ls /usr/lib/postgresql/*/bin/postgres ;;
    postgresql-client) command -v psql ;;
    nodejs) command -v node ;;
    npm | git | openssl) command -v "$1" ;;
    *) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1")" = installed ] ;;
    esac >/dev/null 2>&1
}

is_debian_12() { grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# packages_need NAME... : installs the ones that are missing.
packages_need() {
    local name missing=()
    for name in "$@"; do
        package_installed "$name" || missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] && return
    is_debian_12 || command -v dpkg-query >/dev/null ||
        die "this is not Debian 12; please install what it calls: ${missing[*]}"
    is_debian_12 || die "please install: ${missing[*]} (only on Debian 12 this is done for you)"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        die "please install as root: apt-get install --no-install-recommends ${missing[*]}"
    say "installing from Debian: ${missing[*]}"
    packages_install "${missing[@]}" || die "could not install: ${missing[*]}"
}

packages_install() {
    local status=0 ours=
    packages_keep_asleep
    [ -e /usr/sbin/policy-rc.d ] || ours=yes
    [ -z "$ours" ] || packages_forbid_starts
    apt_get update -qq && apt_get install -y -qq --no-install-recommends --no-upgrade "$@" || status=$?
    [ -z "$ours" ] || as_root rm -f /usr/sbin/policy-rc.d
    packages_disable "$@"
    return $status
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" \
        </dev/null >&2
}

# Our servers are private to .run/: Debian's are neither to be created nor started, not now
# and not at the next boot.
packages_keep_asleep() {
    local conf=/etc/postgresql-common/createcluster.conf
    [ -e "$conf" ] && return
    as_root mkdir -p "${conf%/*}"
    printf 'create_main_cluster = false\n' | as_root tee "$conf" >/dev/null
}

packages_forbid_starts() {
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod 755 /usr/sbin/policy-rc.d
}

# What packages_install has just brought does not start at the next boot either.
packages_disable() {
    local name unit
    for name in "$@"; do
        for unit in $(packages_units "$name"); do
            if command -v systemctl >/dev/null; then
                as_root systemctl --quiet disable "$unit" >/dev/null 2>&1 || true
            else
                as_root rm -f /etc/systemd/system/*.target.wants/"$unit"
            fi
        done
    done
}

packages_units() {
    case $1 in
    nats-server | postgresql | haproxy | mosquitto | prometheus) echo "$1.service" ;;
    ejabberd) echo ejabberd.service epmd.service epmd.socket ;;
    esac
}
