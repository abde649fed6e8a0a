# Sourced by gateway.sh: the upstream and the four proxies, each as somebody who knows it would set it up for this:
# connections to the upstream are kept, JSON access logs go to files in memory, metrics are on where there are some.

upstream_port=18081
declare -A port=([direct]=$upstream_port [nginx]=18082 [gateway]=18083 [haproxy]=18084 [caddy]=18085)
declare -A tls_port=([nginx]=18182 [gateway]=18183 [haproxy]=18184 [caddy]=18185)
declare -A ops_port=([nginx]=18282 [gateway]=18283 [haproxy]=18284 [caddy]=18285)
declare -A pid_of=()
gateway=$scratch/release/gateway
cell=/api/v1/erp

# require_free: no port is taken. Servers that share a port (reuseport) would start all the same, and share the load.
require_free() {
    local number
    for number in "${port[@]}" "${tls_port[@]}" "${ops_port[@]}"; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$number") 2>/dev/null; then
            echo "port $number is in use; is another benchmark running?" >&2
            exit 1
        fi
    done
}

# What is there before anything starts: the load generator, the certificate, and the upstream's file of 64 KiB.
make_inputs() {
    cc -O2 -o "$work/open-loop" Benchmarks/open-loop.c
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -keyout "$work/key.pem" -out "$work/chain.pem" 2>/dev/null
    cat "$work/chain.pem" "$work/key.pem" >"$work/both.pem"
    mkdir "$work/www"
    head -c 65536 /dev/zero | tr '\0' x >"$work/www/64k"
}

# 1 KiB for everything, a file of 64 KiB, and an answer that waits for the whole request body. nginx's own answers don't
# wait for it, but one that comes from a further server does, even when the body isn't passed on.
bench_upstream_conf() {
    common_nginx upstream 16384
    cat <<END
http {
    access_log off;
    sendfile on;
    open_file_cache max=16;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    client_body_buffer_size 128k;
    default_type application/octet-stream;
    upstream answer { server unix:$work/answer.sock; keepalive 256; keepalive_requests 1000000000; }
    server {
        listen 127.0.0.1:$upstream_port reuseport backlog=4096;
        location / { return 200 "$(printf 'x%.0s' $(seq 1024))"; }
        location = $cell/64k { alias $work/www/64k; }
        location = $cell/post {
            proxy_pass http://answer;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            proxy_pass_request_body off;
        }
    }
    server {
        listen unix:$work/answer.sock;
        location / { return 200 "$(printf 'x%.0s' $(seq 1024))"; }
    }
}
END
}

# The fields of the gateway's access log, as far as nginx knows them, written through a buffer as the gateway's are.
# Bodies pass through memory: with the default buffers one of 64 KiB would go by way of a file.
#
# nginx_conf NAME CELL…: a location for each cell.
nginx_conf() {
    local name=$1
    shift
    common_nginx "$name" 16384
    cat <<END
http {
    log_format line escape=json '{"ts":"\$time_iso8601","level":"info","event":"access","tenant":"\$http_x_tenant_id",'
        '"tenant_source":"header","request_id":"\$request_id","client":"\$remote_addr","method":"\$request_method",'
        '"path":"\$uri","cell":"erp","upstream":"\$upstream_addr","attempts":1,"status":\$status,'
        '"request_bytes":\$request_length,"response_bytes":\$body_bytes_sent,"duration_s":\$request_time,'
        '"upstream_s":"\$upstream_response_time","user_agent":"\$http_user_agent","connection":\$connection}';
    keepalive_requests 1000000000;
    ssl_certificate $work/chain.pem;
    ssl_certificate_key $work/key.pem;
    ssl_protocols TLSv1.3;
    upstream cell { server 127.0.0.1:$upstream_port; keepalive 256; keepalive_requests 1000000000; }
    server {
        listen 127.0.0.1:${port[$name]} reuseport backlog=4096;
        $([ -z "${tls_port[$name]:-}" ] || echo "listen 127.0.0.1:${tls_port[$name]} ssl http2 reuseport backlog=4096;")
        access_log $work/$name.jsonl line buffer=64k flush=1s;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header X-Request-Id \$request_id;
        proxy_set_header X-Forwarded-For \$remote_addr;
        client_body_buffer_size 128k;
        proxy_buffer_size 16k;
        proxy_buffers 8 16k;
        proxy_max_temp_file_size 0;
        $(printf 'location /api/v1/%s/ { proxy_pass http://cell; }\n' "$@")
    }
    server {
        listen 127.0.0.1:${ops_port[$name]};
        access_log off;
        location = /metrics { stub_status; }
    }
}
END
}

# gateway_conf NAME LOOPS [TENANT…]: its cells come on standard input. Where other programs take the CPU from a loop for
# 200 ms it would begin to refuse requests, which no peer does and which would end the benchmark.
gateway_conf() {
    local name=$1 loops=$2
    shift 2
    cat <<END
listen: 127.0.0.1:${port[$name]}
loops: $loops
ops: { listen: "127.0.0.1:${ops_port[$name]}" }
access_log: { path: "$work/$name.jsonl" }
limits: { connections: 20000 }
overload: { max_refused_percent: 0 }
tenancy: { provisioned: [$(IFS=,; echo "$*")] }
END
    if [ -n "${tls_port[$name]:-}" ]; then
        echo "tls:"
        echo "  listen: 127.0.0.1:${tls_port[$name]}"
        echo "  certificates: [{ chain: \"$work/chain.pem\", key: \"$work/key.pem\" }]"
    fi
    echo "cells:"
    cat
}

# one_cell NAME
one_cell() { echo "  - { name: $1, upstreams: [\"http://127.0.0.1:$upstream_port\"] }"; }

# Its log goes to standard output, which is the file: a write for each line, and the cheapest way that loses none. A
# datagram socket or a ring needs a reader, and drops lines when that one is late.
haproxy_conf() {
    cat <<END
global
    nbthread 1
    maxconn $((idle_connections + 500))
    # It wants two descriptors for each connection, also where clients that are idle need but one.
    no strict-limits
    log stdout len 4096 format raw local0 info
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout http-keep-alive 60s
frontend clients
    bind 127.0.0.1:${port[haproxy]} backlog 4096
    bind 127.0.0.1:${tls_port[haproxy]} backlog 4096 ssl crt $work/both.pem alpn h2,http/1.1 ssl-min-ver TLSv1.3
    log global
    http-request capture req.hdr(X-Tenant-Id) len 64
    http-request capture req.hdr(User-Agent) len 256
    unique-id-format %[uuid()]
    unique-id-header X-Request-Id
    option forwardfor
    log-format '{"ts":"%trg","level":"info","event":"access",$(haproxy_fields)}'
    use_backend erp if { path_beg $cell/ }
backend erp
    http-reuse always
    server one 127.0.0.1:$upstream_port
frontend metrics
    bind 127.0.0.1:${ops_port[haproxy]}
    http-request use-service prometheus-exporter if { path /metrics }
END
}

haproxy_fields() {
    printf '%s' '"tenant":"%[capture.req.hdr(0),json(utf8s)]","tenant_source":"header","request_id":"%ID",' \
        '"client":"%ci","method":"%HM","path":"%HPO","cell":"erp","upstream":"%si:%sp","attempts":%rc,' \
        '"status":%ST,"request_bytes":%U,"response_bytes":%B,"duration_ms":%Ta,"upstream_ms":%Tr,' \
        '"user_agent":"%[capture.req.hdr(1),json(utf8s)]","connection":%rt'
}

# Its own JSON lines, which have all headers of both sides; to leave some out costs it more than to write them.
caddy_conf() {
    cat <<END
{
    admin off
    auto_https off
    servers {
        protocols h1 h2
        metrics
    }
    log default {
        level ERROR
    }
}
(cell) {
    bind 127.0.0.1
    log {
        output file $work/caddy.jsonl {
            roll_disabled
        }
    }
    reverse_proxy $cell/* 127.0.0.1:$upstream_port {
        header_up X-Request-Id {http.request.uuid}
        transport http {
            keepalive_idle_conns_per_host 256
        }
    }
}
http://127.0.0.1:${port[caddy]} {
    import cell
}
https://localhost:${tls_port[caddy]} {
    import cell
    tls $work/chain.pem $work/key.pem {
        protocols tls1.3
    }
}
http://127.0.0.1:${ops_port[caddy]} {
    bind 127.0.0.1
    metrics /metrics
}
END
}

# start_upstream CPUS
start_upstream() {
    bench_upstream_conf >"$work/upstream.conf"
    start "$1" "$(nginx_path)" -p "$work" -c "$work/upstream.conf"
    pid_of[upstream]=$pid
    wait_for "http://127.0.0.1:$upstream_port/"
}

# start_gateway CPUS NAME [VARIABLE=VALUE…]: with the configuration in NAME.yaml.
start_gateway() {
    local cpus=$1 name=$2
    shift 2
    start "$cpus" env "$@" "$gateway" run --config "$work/$name.yaml"
    pid_of[$name]=$pid
}

# start_proxy NAME [VARIABLE=VALUE…]: on CPU 1, with one loop, worker or thread.
start_proxy() {
    local name=$1
    shift
    : >"$work/$name.jsonl"
    case $name in
    nginx)
        nginx_conf nginx erp >"$work/nginx.conf"
        start 1 env "$@" "$(nginx_path)" -p "$work" -c "$work/nginx.conf"
        ;;
    gateway)
        one_cell erp | gateway_conf gateway 1 >"$work/gateway.yaml"
        start_gateway 1 gateway "$@"
        ;;
    haproxy)
        haproxy_conf >"$work/haproxy.cfg"
        start 1 env "$@" sh -c "exec '$(haproxy_path)' -db -f '$work/haproxy.cfg' >>'$work/haproxy.jsonl'"
        ;;
    caddy)
        caddy_conf >"$work/Caddyfile"
        # Go runs as many threads at a time as there are CPUs in the mask: one.
        start 1 env XDG_DATA_HOME="$work" XDG_CONFIG_HOME="$work" "$@" \
            caddy run --config "$work/Caddyfile" --adapter caddyfile
        ;;
    esac
    pid_of[$name]=$pid
    wait_for "http://127.0.0.1:${port[$name]}$cell/x"
}

# stop_all: the upstream and every proxy that runs.
stop_all() {
    local name
    for name in "${!pid_of[@]}"; do stop "${pid_of[$name]}"; done
    pid_of=()
}

haproxy_path() { PATH=$PATH:/usr/sbin command -v haproxy; }

# processes_of NAME: those whose CPU time and memory are its own.
processes_of() {
    [ -n "${pid_of[$1]:-}" ] || return 0
    case $1 in
    nginx*) nginx_processes "${pid_of[$1]}" ;;
    *) echo "${pid_of[$1]}" ;;
    esac
}

versions() {
    echo "$("$(nginx_path)" -v 2>&1 | sed 's/.*: //'), haproxy/$("$(haproxy_path)" -v | awk 'NR == 1 { print $3 }')," \
        "caddy/$(caddy version | awk '{ print $1 }')"
}
