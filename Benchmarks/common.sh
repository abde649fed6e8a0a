# Shared by the benchmarks; sourced.

export LC_ALL=C
scratch=.build
work=""
started=()

build_release() {
    swift build -c release --static-swift-stdlib --scratch-path "$scratch" --product gateway
    swift build -c release --static-swift-stdlib --scratch-path "$scratch" --product log-shipper
}

# A folder in memory where there is room for $1 MiB, else on disk.
make_work_folder() {
    local free=0
    [ -d /dev/shm ] && free=$(df -m --output=avail /dev/shm | tail -n 1)
    if [ "$free" -gt "$1" ]; then work=$(mktemp -d /dev/shm/gatehouse-bench.XXXXXX); else work=$(mktemp -d); fi
    chmod 755 "$work"
    trap clean_up EXIT
}

# Ends what this script started, by process id, and removes its folder.
clean_up() {
    local pid
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
    [ -z "$work" ] || rm -rf "$work"
}

# start CPU COMMAND…: runs it in the background on one CPU; its process id is in $pid.
start() {
    local cpu=$1
    shift
    taskset -c "$cpu" "$@" >>"$work/output" 2>&1 &
    pid=$!
    started+=("$pid")
}

# stop PID: SIGTERM, and waits for the end.
stop() {
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
    forget "$1"
}

# forget PID: it has ended, and its number may soon be that of a process which isn't ours.
forget() {
    local other left=()
    for other in "${started[@]}"; do [ "$other" = "$1" ] || left+=("$other"); done
    started=("${left[@]}")
}

# wait_for URL: until it answers.
wait_for() {
    local try
    for try in $(seq 200); do
        curl -sf -o /dev/null "$1" && return
        sleep 0.05
    done
    echo "no answer from $1" >&2
    tail -n 20 "$work/output" >&2
    exit 1
}

# nginx_processes MASTER: the master's process id and its workers'.
nginx_processes() { echo "$1" $(cat "/proc/$1/task/$1/children"); }

# cpu_micros PID…: CPU time used so far by these processes, all threads, in user and system mode.
cpu_micros() {
    local pid total=0 fields
    for pid in "$@"; do
        fields=($(sed 's/.*) //' "/proc/$pid/stat"))
        total=$((total + fields[11] + fields[12]))
    done
    echo $((total * 1000000 / $(getconf CLK_TCK)))
}

nginx_path() { PATH=$PATH:/usr/sbin command -v nginx; }

# common_nginx NAME [CONNECTIONS]: the beginning of a configuration with one worker.
common_nginx() {
    cat <<END
daemon off;
user root;
worker_processes 1;
pid $work/$1.pid;
error_log $work/$1.error crit;
events { worker_connections ${2:-4096}; multi_accept on; }
END
}

# upstream_conf PORT: nginx that answers everything with 1 KiB.
upstream_conf() {
    common_nginx upstream
    cat <<END
http {
    access_log off;
    keepalive_requests 1000000000;
    server {
        listen 127.0.0.1:$1 reuseport backlog=1024;
        location / { default_type application/octet-stream; return 200 "$(printf 'x%.0s' $(seq 1024))"; }
    }
}
END
}

# p99_micros FILE: of wrk's report.
p99_micros() {
    awk '$1 == "99%" { v = $2 + 0; if ($2 ~ /ms$/) v *= 1000; else if ($2 ~ /[0-9]s$/) v *= 1000000; print v }' "$1"
}

# summary FORMAT: "median (least–most)" of the numbers on standard input.
summary() {
    sort -n | awk -v f="$1" '
        { v[NR] = $1 }
        END {
            m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
            printf f " (" f "–" f ")", m, v[1], v[NR]
        }'
}

median() { summary "%.4f" | sed 's/ .*//'; }

# write_table NAME: puts standard input between the NAME markers of docs/PERFORMANCE.md, and prints it.
write_table() {
    local file=docs/PERFORMANCE.md
    cat >"$work/table"
    awk -v name="$1" -v table="$work/table" '
        $0 == "<!-- " name ":end -->" { inside = 0 }
        !inside { print }
        $0 == "<!-- " name ":begin -->" { inside = 1; while ((getline line < table) > 0) print line }
    ' "$file" >"$work/page"
    cat "$work/page" >"$file"
    cat "$work/table"
}

# machine: one line on what was measured on.
machine() {
    local model
    model=$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)
    echo "$(date -u +%Y-%m-%d), $(nproc) × ${model:-$(uname -m)}, Linux $(uname -r | cut -d- -f1)," \
        "load average $(cut -d' ' -f1 /proc/loadavg) at the start"
}
