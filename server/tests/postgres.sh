#!/usr/bin/env bash
# A private PostgreSQL for tests and benches: `postgres.sh start FOLDER` prints its URL (without a database), `stop FOLDER` ends it,
# `restart FOLDER` as after a power cut, which lasts DOWN seconds.
set -euo pipefail
action=$1; mkdir -p "$2"; folder=$(cd "$2" && pwd)
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
command -v initdb >/dev/null && bin=$(dirname "$(command -v initdb)")
[ -n "$bin" ] || { echo "PostgreSQL's server programs (initdb, pg_ctl) are not installed" >&2; exit 1; }

# PostgreSQL refuses to run as root.
as() { if [ "$(id -u)" = 0 ]; then su postgres -s /bin/sh -c "$1"; else sh -c "$1"; fi; }
port_of() { sed -n 4p "$folder/data/postmaster.pid"; }

case $action in
start)
    if [ "$(id -u)" = 0 ]; then chown -R postgres "$folder"; fi
    if ! as "'$bin/pg_ctl' -D '$folder/data' status" >/dev/null 2>&1; then
        [ -f "$folder/data/PG_VERSION" ] || as "'$bin/initdb' -D '$folder/data' -U porchlight -A trust -E UTF8 --locale=C" >/dev/null
        port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
        as "'$bin/pg_ctl' -D '$folder/data' -w -l '$folder/log' -o '-h 127.0.0.1 -p $port -c unix_socket_directories= -c fsync=${FSYNC:-off} -c max_connections=300' start" >/dev/null
    fi
    echo "postgres://porchlight@127.0.0.1:$(port_of)" ;;
restart)
    as "'$bin/pg_ctl' -D '$folder/data' -w -m immediate stop" >/dev/null
    sleep "${DOWN:-0}"
    # Unlike start it goes by the options of the last time, the port among them.
    as "'$bin/pg_ctl' -D '$folder/data' -w -l '$folder/log' restart" >/dev/null 2>&1
    echo "postgres://porchlight@127.0.0.1:$(port_of)" ;;
stop)
    as "'$bin/pg_ctl' -D '$folder/data' -m immediate stop" >/dev/null 2>&1 || true ;;
*) echo "usage: postgres.sh start|restart|stop FOLDER" >&2; exit 2 ;;
esac
