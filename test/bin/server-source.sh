# Shared by the commands that need a server of their own making: the source of
# PostgreSQL $PG_MAJOR and a build of it with assertions.  Source it after
# lib.sh and stage; a build lands in $work/server, its source in $work/source.
#	PG_SOURCE=DIR		DIR holds the server's source, unpacked; without
#				it the distribution's is fetched
#	PG_SERVER=DIR		DIR holds such a build with its source, kept from
#				before: "source" and "server" in it are used as they are

server_packages() { echo "bison flex perl dpkg-dev xz-utils bzip2"; }

# The distribution's orig tarball: its packaging patches move paths about.
fetch_source() {
    say "Fetching the source of PostgreSQL $PG_MAJOR"
    . /etc/os-release
    mkdir -p "$work/apt/lists/partial"
    archive=$(apt-cache policy | sed -n "s|^ *[0-9]* \(https\{0,1\}:[^ ]*\) $VERSION_CODENAME/main.*|\1|p" | head -n 1)
    echo "deb-src $archive $VERSION_CODENAME main" > "$work/apt/sources.list"
    set -- -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/apt/lists"
    { apt-get "$@" update && (cd "$work/source" && apt-get "$@" source --download-only "postgresql-$PG_MAJOR"); } >"$work/source.log" 2>&1 ||
        { tail -n 5 "$work/source.log" >&2; die "cannot fetch the source; give a directory that holds it: PG_SOURCE=DIR"; }
    tar -C "$work/source" -xf "$work"/source/*.orig.tar.* --strip-components=1
}

# build_server CPPFLAGS: with assertions, pgcrypto and the regression suite's tools.
build_server() {
    if [ -n "${PG_SERVER:-}" ]; then
        ln -s "$(cd "$PG_SERVER" && pwd)/source" "$work/source"
        ln -s "$(cd "$PG_SERVER" && pwd)/server" "$work/server"
        return
    fi
    mkdir -p "$work/source"
    if [ -n "${PG_SOURCE:-}" ]; then cp -r "$PG_SOURCE/." "$work/source"; else fetch_source; fi
    say "Building a server with assertions"
    # The server's makefiles make generated headers only when called from outside of make.
    unset MAKELEVEL MAKEFLAGS MFLAGS
    [ "$(id -u)" != 0 ] || chown -R postgres "$work/source"
    unprivileged sh -c 'cd "$1/source" &&
        ./configure --quiet --prefix="$1/server" --enable-cassert --enable-debug --with-ssl=openssl --without-readline --without-zlib \
            $([ "$2" -lt 16 ] || echo --without-icu) CFLAGS="-Og" CPPFLAGS="$3" &&
        make -s -j2 && make -s install && make -s -C contrib/pgcrypto install && make -s -C contrib/spi install &&
        make -s -C src/test/isolation install && make -s -C src/test/regress' \
        sh "$work" "$PG_MAJOR" "${1:-}" >"$work/server.log" 2>&1 || { tail -n 20 "$work/server.log" >&2; die "the server did not build"; }
}

# Into the server that build_server made, unless that is kept for others too:
# then a copy of its files, linked where that can be.
install_pdauth() {
    if [ -n "${PG_SERVER:-}" ]; then
        rm "$work/server"
        unprivileged cp -rL "$PG_SERVER/server" "$work/server"
    fi
    unprivileged make -C "$work/tree" -s -j2 with_llvm=no PG_CONFIG="$work/server/bin/pg_config" install >"$work/build.log" 2>&1 ||
        { cat "$work/build.log" >&2; die "the build failed"; }
}
