#!/usr/bin/env bash
# Runs two instances of a built binary on a throw-away PostgreSQL: what one
# registers, the other shows. It proves what only the released binary can, its
# client library and its migrations; the rest is what the test target
# `blackbox_postgres` tests.
#
#     tests/on_postgres.sh target/release/vestibule
set -euo pipefail

binary=$(realpath "${1:?usage: tests/on_postgres.sh BINARY}")
programs=$(dirname "$(realpath "$(command -v initdb || echo /)")")
if [ ! -x "$programs/initdb" ]; then
    programs=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
fi
if [ ! -x "$programs/initdb" ]; then
    echo "PostgreSQL is missing: install the package postgresql"
    exit 1
fi

work=$(mktemp -d)
instances=()
# PostgreSQL refuses root.
as=()
if [ "$(id -u)" = 0 ]; then
    as=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
    chmod 711 "$work"
fi
mkdir "$work/cluster"
[ "${#as[@]}" = 0 ] || chown postgres "$work/cluster"

stop() {
    for instance in "${instances[@]}"; do
        kill "$instance" 2>/dev/null || true
        wait "$instance" 2>/dev/null || true
    done
    cd /
    "${as[@]}" "$programs/pg_ctl" stop -D "$work/cluster/data" -m immediate >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap stop EXIT
cd "$work/cluster"

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '%s' "$password" >"$work/password"
"${as[@]}" "$programs/initdb" -D data -U vestibule -A scram-sha-256 -E UTF8 --locale=C \
    --no-sync --pwfile=/dev/stdin <"$work/password" >/dev/null

# A port that the system does not give to outgoing connections; another one
# when it is taken.
port=
for _ in $(seq 10); do
    port=$((15000 + RANDOM % 17000))
    options="-c port=$port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    if "${as[@]}" "$programs/pg_ctl" start -D data -l log -w -o "$options" >/dev/null; then break; fi
    grep -q "Address already in use" log || { cat log; exit 1; }
done

unset "${!VESTIBULE_@}" 2>/dev/null || true
export VESTIBULE_DATABASE_URL="postgres://vestibule:$password@127.0.0.1:$port/postgres"
export VESTIBULE_SECRETS_FILE=$work/secrets.json VESTIBULE_LISTEN=127.0.0.1:0

# start NAME: answers the address of a new instance in `address`.
start() {
    VESTIBULE_DATA_DIR="$work/$1" "$binary" 2>"$work/$1.log" &
    instances+=($!)
    for _ in $(seq 200); do
        address=$(sed -n 's/.*"address":"\([^"]*\)".*/\1/p' "$work/$1.log" | head -n 1)
        if [ -n "$address" ] && curl -fs -o /dev/null "http://$address/readyz"; then return; fi
        kill -0 "${instances[-1]}" 2>/dev/null || break
        sleep 0.05
    done
    echo "the service did not start:"
    cat "$work/$1.log"
    exit 1
}

start here
here=$address
start there
registration='{"username": "vinyl_dealer", "email": "dealer@example.com",
    "password1": "correct horse battery", "password2": "correct horse battery"}'
token=$(curl -fs "http://$here/api/auth/registration/" -H 'Content-Type: application/json' \
    -d "$registration" | sed 's/.*"access":"\([^"]*\)".*/\1/')
me=$(curl -fs "http://$address/api/v1/user/me/" -H "Authorization: Bearer $token")
case $me in
*'"username":"vinyl_dealer"'*) echo "two instances on PostgreSQL: registered on one, shown by the other" ;;
*) echo "not the user that was registered: $me"; exit 1 ;;
esac
