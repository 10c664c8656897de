# A Debian root directory of another release, to run another server version in.
# Source it after lib.sh; it needs root and debootstrap.

release_of() {      # the Debian release that packages this server version
    case $1 in
        15) echo bookworm ;;
        17) echo trixie ;;
        18) echo forky ;;
    esac
}

# debian_root RELEASE [USE]: make it under $ROOTS (or use the one that is there)
# and set $root.  Keeps it for the next time; a use of its own has its own root.
debian_root() {
    ROOTS=${ROOTS:-${TMPDIR:-/tmp}/pdauth-roots}
    root=$ROOTS/$1${2:+-$2}
    if [ ! -e "$root/.complete" ]; then
        say "Making a Debian root of $1 in $root"
        rm -rf "$root"
        # sid's script makes them all; this release's debootstrap does not know the names of later ones.
        mkdir -p "$ROOTS"
        archive=$(apt-cache policy | sed -n "s|^ *[0-9]* \(https\{0,1\}:[^ ]*\) [^ ]*/main.*|\1|p" | grep -v security | head -n 1)
        debootstrap --variant=minbase --include=make,ca-certificates "$1" "$root" "$archive" sid >"$root.log" 2>&1 ||
            { tail -n 5 "$root.log" >&2; die "debootstrap could not make a root of $1: $(tail -n 1 "$root.log")"; }
        : > "$root/.complete"
    fi
    chmod 755 "$ROOTS" "$root"
    # What apt needs to know here, it needs to know there.
    cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
    cp /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || true
}

# tree_to_root: this tree, without what was built here, in a new directory of the
# root, which $tree_there names as seen from inside.
tree_to_root() {
    tree_there=$(mktemp -d "$root/tmp/pdauth.XXXXXX")
    chmod 755 "$tree_there"
    (cd "$top" && tar --exclude=.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' -cf - .) | tar -C "$tree_there" -xf -
    tree_there=${tree_there#"$root"}
}

# in_root COMMAND...: run it there, with /proc and shared memory of its own.
in_root() {
    unshare --mount --pid --fork sh -c '
        mount --make-rprivate /
        mount -t proc proc "$1/proc" 2>/dev/null || mount --bind /proc "$1/proc"
        mount -t tmpfs tmpfs "$1/dev/shm" 2>/dev/null || { mkdir -p "$1/dev/shm"; mount -t tmpfs tmpfs "$1/dev/shm"; }
        root=$1
        shift
        exec chroot "$root" "$@"' sh "$root" "$@"
}
