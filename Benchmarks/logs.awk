# Writes JSON access-log lines in the schema of the gateway's log, at least BYTES of them: 200 tenants by Zipf's law,
# random request and trace ids, latencies with a long tail. The same SEED gives the same lines.
# usage: awk -v BYTES=1073741824 -v SEED=1 -f logs.awk

function hex(words,    text) {
    text = ""
    while (words-- > 0) text = text sprintf("%04x", int(rand() * 65536))
    return text
}

BEGIN {
    srand(SEED)
    for (i = 1; i <= 200; i++) { name[i] = "tenant-" hex(2); total += i ^ -1.1 }
    slots = 8192
    for (i = 1; i <= 200; i++) {
        share += i ^ -1.1 / total
        while (slot < share * slots && slot < slots) tenant[slot++] = name[i]
    }
    while (slot < slots) tenant[slot++] = name[1]
    split("GET GET GET GET POST POST PUT DELETE", method, " ")
    split("orders users search carts catalog/items events sessions invoices", route, " ")
    split("200 200 200 200 200 200 200 200 200 201 204 304 400 404 500 200", status, " ")
    split("curl/8.5.0|okhttp/4.12.0|Go-http-client/2.0|python-requests/2.32.3|" \
        "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", agent, "|")
    split("erp crm billing search", cell, " ")
    run = hex(4)
    for (seq = 0; written < BYTES; seq++) {
        micros += int(rand() * 900)
        second = int(micros / 1000000) % 86400
        duration = int(exp(5 + 2 * (rand() + rand() + rand())))
        where = cell[1 + int(rand() * 4)]
        line = sprintf("{\"ts\":\"2026-01-02T%02d:%02d:%02d.%06dZ\",\"level\":\"info\",\"event\":\"access\"," \
            "\"tenant\":\"%s\",\"tenant_source\":\"header\",\"request_id\":\"%s\",\"trace_id\":\"%s\"," \
            "\"client\":\"10.%d.%d.%d\",\"method\":\"%s\",\"path\":\"/api/v1/%s/%s/%s\",\"cell\":\"%s\"," \
            "\"upstream\":\"10.4.0.%d:8080\",\"attempts\":1,\"status\":%d,\"request_bytes\":%d," \
            "\"response_bytes\":%d,\"duration_us\":%d,\"upstream_us\":%d,\"user_agent\":\"%s\",\"run\":\"%s\"," \
            "\"loop\":%d,\"seq\":%d}",
            int(second / 3600), int(second / 60) % 60, second % 60, micros % 1000000,
            tenant[int(rand() * slots)], hex(8), hex(8), int(rand() * 4), int(rand() * 256), int(rand() * 256),
            method[1 + int(rand() * 8)], where, route[1 + int(rand() * 8)], hex(2), where, 10 + int(rand() * 8),
            status[1 + int(rand() * 16)], int(rand() * 900), int(exp(4 + 4 * rand())), duration,
            int(duration * 0.93), agent[1 + int(rand() * 5)], run, seq % 2, int(seq / 2))
        print line
        written += length(line) + 1
    }
}
