#!/usr/bin/env bash
# Rule evaluation: `alert-rules test` beside promtool's `test rules` on the same files, interleaved; then queries and
# readers beside Prometheus and VictoriaMetrics.
# RULES_PARTS (tests query data) chooses; RULES_ROUNDS (5) runs of ours, RULES_PEER_ROUNDS (1) of promtool, which takes
# minutes; RULES_PEERS is a folder that keeps promtool's measurements for the next time. RULES_FILES is the folder with
# tiny.yml, mid.yml and wide.yml, else they are made here. ALERT_RULES is the program to measure, else it is built.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/common.sh

rounds=${RULES_ROUNDS:-5}
peer_rounds=${RULES_PEER_ROUNDS:-1}
parts=${RULES_PARTS:-tests query data}
files=${RULES_FILES:-../shared/bench/rules}
names=(tiny mid wide steps)

make_files() {
    local make="awk -v FOLDER=$work -f Benchmarks/rules.awk"
    $make -v NAME=tiny -v TENANTS=1 -v POINTS=10 -v RULES=2
    $make -v NAME=mid -v TENANTS=25 -v POINTS=1440 -v RULES=20
    $make -v NAME=wide -v TENANTS=250 -v POINTS=240 -v RULES=20
    $make -v NAME=steps -v TENANTS=25 -v POINTS=480 -v RULES=6 -v KIND=steps
    [ ! -f "$files/wide.yml" ] || cp "$files"/{tiny,mid,wide}{,_rules}.yml "$work/"
}

# run NAME FILE COMMAND…: a run that must pass, noted in NAME.FILE.
run() {
    local name=$1 file=$2
    shift 2
    python3 Benchmarks/peers-rules/measure.py "$work/$name.$file" "$@" "$work/$file.yml" 2>>"$work/errors"
    [ "$(tail -n 1 "$work/$name.$file" | cut -d' ' -f5)" = 0 ] || { cat "$work/errors" >&2; exit 1; }
}

# pick NAME FILE COLUMN: median of a column.
pick() { cut -d' ' -f"$3" "$work/$1.$2" | median; }

# row FILE WHAT COLUMN DIVISOR FORMAT GOAL
row() {
    local ours theirs
    ours=$(pick ours "$1" "$3")
    theirs=$(pick promtool "$1" "$3")
    awk -v w="$2" -v o="$ours" -v t="$theirs" -v d="$4" -v f="$5" -v g="$6" 'BEGIN {
        ratio = t / o
        ratio = (ratio < 10) ? sprintf("%.1f", ratio) : sprintf("%.0f", ratio)
        printf "| %s | " f " | " f " | %s | %s |\n", w, o / d, t / d, ratio, g
    }'
}

tests_part() {
    local about round name ours=${ALERT_RULES:-} peers=${RULES_PEERS:-}
    if [ -z "$ours" ]; then
        swift build -c release --static-swift-stdlib --scratch-path "$scratch" --product alert-rules
        ours=$scratch/release/alert-rules
    fi
    make_files
    about=$(machine)
    [ -z "$peers" ] || [ ! -f "$peers/promtool.steps" ] || { cp "$peers"/promtool.* "$work/" && peer_rounds=0; }
    for round in $(seq "$rounds"); do
        echo "round $round of $rounds" >&2
        for name in "${names[@]}"; do
            if [ "$name" = tiny ]; then
                for _ in 1 2 3 4; do
                    run promtool tiny promtool test rules
                    run ours tiny "$ours" test
                done
            elif [ "$round" -le "$peer_rounds" ]; then
                run promtool "$name" promtool test rules
            fi
            run ours "$name" "$ours" test
        done
    done
    [ -z "$peers" ] || { mkdir -p "$peers" && cp "$work"/promtool.* "$peers/"; }
    {
        echo
        echo "$about. $(promtool --version 2>&1 | head -n 1 | cut -d'(' -f1 | tr -d , | sed 's/ *$//'), $rounds runs of ours," \
            "$(wc -l <"$work/promtool.mid") of promtool's (tiny: five and four times as many), medians."
        echo
        echo "| what | alert-rules | promtool | promtool to alert-rules | goal |"
        echo "|---|---|---|---|---|"
        row tiny "tiny: 4 series × 11 min, 2 rules, wall ms" 1 1 "%.1f" "≤ 20 ms"
        row tiny "user CPU, ms" 2 1 "%.1f" ""
        row tiny "peak memory, MiB" 4 1024 "%.0f" "≥ 1"
        row mid "mid: 100 series × 1 day, 20 rules, user CPU s" 2 1000 "%.3f" "≥ 100"
        row mid "wall, s" 1 1000 "%.3f" ""
        row mid "peak memory, MiB" 4 1024 "%.0f" "≥ 1"
        row wide "wide: 1,000 series × 4 h, 20 rules, user CPU s" 2 1000 "%.3f" "≥ 100"
        row wide "wall, s" 1 1000 "%.3f" ""
        row wide "peak memory, MiB" 4 1024 "%.0f" "≥ 1"
        row steps "100 series × 8 h, 9 rules, 3 of them only step by step, user CPU s" 2 1000 "%.3f" "≥ 10"
        row steps "peak memory, MiB" 4 1024 "%.0f" "≥ 1"
        echo
    } | write_table rules
}

make_work_folder 500
for part in $parts; do
    case $part in
    tests) tests_part ;;
    query | data) [ ! -f "Benchmarks/rules-$part.sh" ] || bash "Benchmarks/rules-$part.sh" ;;
    *) echo "no such part: $part (tests, query, data)" >&2; exit 2 ;;
    esac
done
