# Shared by the workflow scripts: where things are, which packages are needed,
# and a throw-away cluster with pdauth preloaded.  Source it; do not run it.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
PG_MAJOR=${PG_MAJOR:-}

say() { printf '%s\n' "$*" >&2; }
die() { say "pdauth: $*"; exit 1; }
[ -f "$top/pdauth.control" ] || die "lib.sh is for the scripts of test/bin and test/bench; \$0 ($0) is none of them"

# The server version to use: PG_MAJOR if given, else the newest supported one
# installed, else the one this Debian release packages.
choose_version() {
    [ -n "$PG_MAJOR" ] && return
    for v in 18 17 15; do
        if [ -x "/usr/lib/postgresql/$v/bin/postgres" ]; then PG_MAJOR=$v; return; fi
    done
    [ "$(id -u)" != 0 ] || apt-get update >/dev/null 2>&1 || true
    for v in 18 17 15; do
        if apt-cache show "postgresql-$v" >/dev/null 2>&1; then PG_MAJOR=$v; return; fi
    done
    PG_MAJOR=15
}

# need_packages PACKAGE...: install what is missing when root, otherwise name it.
need_packages() {
    missing=
    for p in "$@"; do
        dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        die "these Debian packages are missing; ask an administrator to run:
    apt-get install$missing"
    fi
    say "Installing Debian packages:$missing"
    # Never let the package create or start a cluster of its own here.
    mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/pdauth-no-main.conf
    log=$(mktemp)
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive \
           apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2; rm -f "$log"
        rm -f /etc/postgresql-common/createcluster.d/pdauth-no-main.conf
        die "apt-get could not install$missing"
    fi
    rm -f "$log" /etc/postgresql-common/createcluster.d/pdauth-no-main.conf
}

command -v apt-cache >/dev/null 2>&1 ||
    die "this command needs Debian's packages; elsewhere use make, make install and make installcheck"
choose_version
case $PG_MAJOR in
    15|16|17|18) ;;
    *) die "PostgreSQL $PG_MAJOR is not supported; set PG_MAJOR to 15, 17 or 18" ;;
esac

build_packages() {
    echo "gcc make gettext libc6-dev libgcrypt20-dev libssl-dev postgresql-$PG_MAJOR postgresql-server-dev-$PG_MAJOR postgresql-common"
}

# A TCP port that is free now; PDAUTH_PORT overrides.
free_port() {
    if [ -n "${PDAUTH_PORT:-}" ]; then
        perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => shift, Listen => 1)' "$PDAUTH_PORT" ||
            die "port $PDAUTH_PORT on 127.0.0.1 is in use; unset PDAUTH_PORT or choose another"
        echo "$PDAUTH_PORT"
    else
        perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 0, Listen => 1)->sockport, "\n"'
    fi
}

# stage: copy the tree to a directory of its own, owned by an unprivileged
# user, so that nothing here is written to and a server can run on it.
# Sets $work and the $port for in_cluster; removes it at exit unless keep_work is set.
stage() {
    port=$(free_port) || exit 1
    work=$(mktemp -d "${TMPDIR:-/tmp}/pdauth.XXXXXX") || die "cannot make a directory under ${TMPDIR:-/tmp}; set TMPDIR to a writable place"
    trap 'unstage' EXIT
    trap 'exit 130' INT TERM HUP
    mkdir "$work/tree"
    (cd "$top" && tar --exclude=.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' -cf - .) | tar -C "$work/tree" -xf -
    if [ "$(id -u)" = 0 ]; then
        chown -R postgres:postgres "$work"
    fi
}

unstage() {
    status=$?
    trap - EXIT
    [ -n "${keep_work:-}" ] || rm -rf "$work"
    exit $status
}

# unprivileged COMMAND...: run it as the user that owns the staged tree.
unprivileged() {
    if [ "$(id -u)" = 0 ]; then
        runuser -u postgres -- env HOME="$work" USER=postgres LOGNAME=postgres "$@"
    else
        env USER="$(id -un)" "$@"
    fi
}

# build: compile the staged tree and install it under $work/root (not into the
# system): servers find it there by extension_destdir and dynamic_library_path.
build() {
    pg_config=/usr/lib/postgresql/$PG_MAJOR/bin/pg_config
    [ -x "$pg_config" ] || die "PostgreSQL $PG_MAJOR has no $pg_config: install postgresql-server-dev-$PG_MAJOR"
    unprivileged make -C "$work/tree" -s -j2 with_llvm=no PG_CONFIG="$pg_config" ${BUILD_FLAGS:-} all >"$work/build.log" 2>&1 ||
        { cat "$work/build.log" >&2; die "the build failed"; }
    unprivileged make -C "$work/tree" -s with_llvm=no PG_CONFIG="$pg_config" ${BUILD_FLAGS:-} DESTDIR="$work/root" install >"$work/install.log" 2>&1 ||
        { cat "$work/install.log" >&2; die "make install failed"; }
    pkglibdir=$("$pg_config" --pkglibdir)
    sharedir=$("$pg_config" --sharedir)
    PDAUTH_LIBRARY_PATH=$work/root$pkglibdir:$pkglibdir
    if grep -q extension_destdir "$sharedir/postgresql.conf.sample"; then
        PDAUTH_EXTENSION_SETTING="extension_destdir=$work/root"
    else
        PDAUTH_EXTENSION_SETTING="extension_control_path=$work/root$sharedir:\$system"
    fi
    export PDAUTH_LIBRARY_PATH PDAUTH_EXTENSION_SETTING
}

# in_cluster COMMAND...: run it with PG* set for a fresh throw-away cluster that
# preloads pdauth.  pg_virtualenv removes the cluster when the command ends.
# Tests say themselves when the audit log is sealed and what is in it.
in_cluster() {
    PGPORT=$port unprivileged sh -c 'cd / && exec "$@"' sh pg_virtualenv -v "$PG_MAJOR" -i "--locale=C.UTF-8 --encoding=UTF8" \
        -o "shared_preload_libraries=pdauth" \
        -o "dynamic_library_path=$PDAUTH_LIBRARY_PATH" \
        -o "$PDAUTH_EXTENSION_SETTING" \
        -o "unix_socket_directories=$work" \
        -o "listen_addresses=localhost" \
        -o "max_prepared_transactions=20" \
        -o "pdauth.seal_interval=0" \
        -o "pdauth.audit_statements=off" \
        -o "compute_query_id=regress" \
        ${CLUSTER_OPTIONS:-} \
        "$@"
}
