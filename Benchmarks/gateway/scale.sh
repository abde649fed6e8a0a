# Sourced by gateway.sh: the gateway against itself with many routes and tenants, and with two loops.

routes=1000 tenants=100

# Its variants, beside the one that all parts use.
port[wide]=18086 ops_port[wide]=18286
port[two]=18087 ops_port[two]=18287
port[nginx-wide]=18088 ops_port[nginx-wide]=18288

# wide_heads ROUTES TENANTS: a request for each pair of a route and a tenant, in an order in which neighbours have
# nothing in common.
wide_heads() {
    awk -v routes="$1" -v tenants="$2" -v at="localhost" 'BEGIN {
        for (i = 0; i < routes * tenants; i++) {
            pair = (i * 48271) % (routes * tenants)
            printf "GET /api/v1/cell-%d/orders/17 HTTP/1.1\nHost: %s\n", pair % routes + 1, at
            printf "X-Tenant-Id: tenant-%d\nUser-Agent: open-loop\n\n", int(pair / routes) + 1
        }
    }'
}

# scrape_cpu NAME COUNT: CPU milliseconds of one scrape, by so many of them.
scrape_cpu() {
    local before after
    before=$(cpu_micros $(processes_of "$1"))
    curl -s -f "http://127.0.0.1:${ops_port[$1]}/metrics?[1-$2]" >/dev/null
    after=$(cpu_micros $(processes_of "$1"))
    echo "$before $after $2" | awk '{ printf "%.1f", ($2 - $1) / 1000 / $3 }'
}

# self_heading, and self_row KIND NAME TEXT [COLUMNS]: a table of the gateway alone.
self_heading() {
    echo
    echo "| 1 KiB response | CPU µs a request | pair by pair | goal | requests a second |"
    echo "|---|---|---|---|---|"
}

self_row() {
    echo "| $3 | $(summary '%.1f' <"$work/$1.$2.cpu") | ${4:- | } | $(summary '%.0f' <"$work/$1.$2.rate") |"
}

# self_ratio KIND NAME OTHER-KIND [OTHER]: to the one gateway that all parts use, or the one nginx.
self_ratio() {
    paste "$work/$1.$2.cpu" "$work/$3.${4:-gateway}.cpu" | awk '{ printf "%.4f\n", $1 / $2 }' | summary '%.2f'
}

# Scrapes are left out of these runs and measured apart: nobody reads a page with the series of 100,000 pairs each
# second. The two rows between tell what the routes cost and what the tenants. nginx with as many locations counts
# nothing for any of them, and shows what it costs alone that another one is asked for with each request.
part_routes() {
    local round index kind name scrape
    scrapes=""
    start_upstream 0
    for name in gateway nginx; do start_proxy $name; done
    nginx_conf nginx-wide $(seq -f 'cell-%g' $routes) >"$work/nginx-wide.conf"
    : >"$work/nginx-wide.jsonl"
    start 1 "$(nginx_path)" -p "$work" -c "$work/nginx-wide.conf"
    pid_of[nginx-wide]=$pid
    for index in $(seq $routes); do one_cell "cell-$index"; done \
        | gateway_conf wide 1 $(seq -f 'tenant-%g' $tenants) >"$work/wide.yaml"
    start_gateway 1 wide
    wait_for "http://127.0.0.1:${port[wide]}/api/v1/cell-1/x"
    wide_heads $routes $tenants >"$work/both.heads"
    wide_heads $routes 1 >"$work/routes.heads"
    wide_heads 1 $tenants >"$work/tenants.heads"
    for name in gateway nginx; do run $name plain_load small "${port[$name]}"; done
    run nginx-wide load "${port[nginx-wide]}" -d 1 -f "$work/routes.heads"
    run wide load "${port[wide]}" -n $((routes * tenants * 2)) -f "$work/both.heads"
    for round in $(seq "$rounds"); do
        for name in gateway nginx; do measure one $name plain_load small "${port[$name]}"; done
        measure routes nginx-wide load "${port[nginx-wide]}" -d "$seconds" -f "$work/routes.heads"
        for kind in tenants routes both; do
            measure $kind wide load "${port[wide]}" -d "$seconds" -f "$work/$kind.heads"
        done
    done
    scrape="$(scrape_cpu gateway 100) ms with one route and tenant, $(scrape_cpu wide 3) ms with all"
    stop_all
    scrapes=yes
    {
        preface "$rounds interleaved pairs of $seconds s, 64 connections; median (least–most)."
        self_heading
        self_row one gateway "1 route, 1 tenant"
        self_row tenants wide "$routes routes of which 1 is asked, $tenants tenants" "$(self_ratio tenants wide one) | "
        self_row routes wide "$routes routes, 1 tenant" "$(self_ratio routes wide one) | "
        self_row both wide "$routes routes, $tenants tenants, all $((routes * tenants)) pairs" \
            "**$(self_ratio both wide one)** | ≤ 1.05"
        self_row one nginx "nginx, 1 location"
        self_row routes nginx-wide "nginx, $routes locations" "$(self_ratio routes nginx-wide one nginx) | "
        echo
        echo "CPU time of a scrape of the metrics, of which there was none in these runs: $scrape."
        echo
    } | write_table gateway-routes
}

# Gateway, upstream and load may all run on both CPUs, with one loop as with two. On a CPU of its own the one loop would
# also have a cache to itself, and the difference would be the neighbours' and not the second loop's.
part_loops() {
    local round name
    load_cpus=0,1
    start_upstream 0,1
    one_cell erp | gateway_conf gateway 1 >"$work/gateway.yaml"
    one_cell erp | gateway_conf two 2 >"$work/two.yaml"
    for name in gateway two; do
        start_gateway 0,1 $name
        wait_for "http://127.0.0.1:${port[$name]}$cell/x"
        run $name plain_load small "${port[$name]}"
    done
    for round in $(seq "$rounds"); do
        for name in gateway two; do measure loops $name plain_load small "${port[$name]}"; done
    done
    stop_all
    load_cpus=0
    {
        preface "$rounds interleaved pairs of $seconds s, 64 connections; gateway, upstream and load on both CPUs;" \
            "median (least–most)."
        self_heading
        self_row loops gateway "one loop"
        self_row loops two "two loops" "**$(self_ratio loops two loops)** | ≤ 1.1"
        echo
    } | write_table gateway-loops
}
