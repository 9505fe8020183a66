#!/usr/bin/env bash
# Runs the commands of README.md against a built binary, as printed and in
# order, in an empty folder, and compares each answer with the one shown below
# its command.
#
#     tests/readme.sh target/release/vestibule
#
# A block `sh` is run; the block `json` or `text` that follows it is its answer.
# `cargo run --release` starts the binary; other cargo commands are left to CI.
# What differs each time (ids, times, tokens) is compared by its shape only.
set -euo pipefail

binary=$(realpath "${1:?usage: tests/readme.sh BINARY}")
readme=$(realpath "$(dirname "$0")/../README.md")
address=127.0.0.1:8080

work=$(mktemp -d)
server=
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT

# Blocks as files NNN.sh, each with its answer in NNN.answer where it has one.
mkdir "$work/blocks" "$work/home"
awk -v folder="$work/blocks" '
    function name(ext) { return sprintf("%s/%03d.%s", folder, number, ext) }
    !file && /^```sh$/ { number++; file = name("sh"); pending = 1; printf "" > file; next }
    !file && pending && /^```(json|text)$/ { file = name("answer"); pending = 0; printf "" > file; next }
    !file && /^```./ { file = "/dev/null"; pending = 0; next }
    /^```$/ { if (file) close(file); file = ""; next }
    file { print > file }
' "$readme"

normalized() {
    # The last expression ends the last line, which answers leave open.
    sed -E \
        -e 's/"(access|refresh|key|request_id|token)":"[^"]{24,}"/"\1":"<\1>"/g' \
        -e 's/\b([a-z]{3})_[0-9a-hjkmnp-tv-z]{26}\b/\1_<id>/g' \
        -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z/<time>/g' \
        -e 's/[[:space:]]+$//' -e '$a\' "$1"
}

start() {
    if (exec 3<>"/dev/tcp/${address/://}") 2>/dev/null; then
        echo "something listens on $address already"
        return 1
    fi
    "$binary" >"$work/log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        if curl -fs -o /dev/null "http://$address/readyz"; then return; fi
        if ! kill -0 "$server" 2>/dev/null; then break; fi
        sleep 0.05
    done
    echo "the service did not start:"
    cat "$work/log"
    return 1
}

# The commands share one shell: later ones use what earlier ones have set.
cd "$work/home"
unset "${!VESTIBULE_@}" 2>/dev/null || true
failed=0 ran=0 compared=0
shopt -s nullglob
for block in "$work"/blocks/*.sh; do
    answer=${block%.sh}.answer
    first=$(head -n 1 "$block")
    case $(cat "$block") in
    "cargo run --release") start; ran=$((ran + 1)); continue ;;
    cargo\ *) echo "left to CI: $first"; continue ;;
    esac
    # Mail is delivered within a second of the answer.
    [ "$ran" -le 1 ] || sleep 1
    ran=$((ran + 1))
    code=0
    set +eu
    # shellcheck disable=SC1090
    . "$block" >"$block.out" 2>"$block.err"
    code=$?
    set -eu
    if [ "$code" != 0 ]; then
        echo "FAILED with exit code $code: $first"
        cat "$block.out" "$block.err"
        failed=$((failed + 1))
    elif [ -e "$answer" ]; then
        compared=$((compared + 1))
        if difference=$(diff <(normalized "$answer") <(normalized "$block.out")); then
            echo "as shown: $first"
        else
            echo "OTHERWISE than shown: $first"
            echo "$difference"
            failed=$((failed + 1))
        fi
    else
        echo "ran: $first"
    fi
done

echo "$ran commands, $compared answers compared, $failed failed"
# A README without commands or answers would prove nothing.
[ "$failed" = 0 ] && [ "$ran" -ge 3 ] && [ "$compared" -ge 2 ]
