// The same measurements with client_golang; prints "name TAB value" like metrics-bench.
package main

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func cpuNanos() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Nano() + usage.Stime.Nano()
}


func report(name string, value float64) { fmt.Printf("%s\t%v\n", name, value) }

func median(values []float64) float64 {
	sort.Float64s(values)
	return values[len(values)/2]
}

// perCall is the middle of five rounds in process CPU nanoseconds per call.
func perCall(count int, body func()) float64 {
	var results []float64
	for round := 0; round < 5; round++ {
		start := cpuNanos()
		body()
		results = append(results, float64(cpuNanos()-start)/float64(count))
	}
	return median(results)
}

// inTwo runs body in two goroutines; wall time of both per call, which is CPU time of each on two cores.
func inTwo(count int, body func(int)) float64 {
	var results []float64
	for round := 0; round < 5; round++ {
		var group sync.WaitGroup
		start := cpuNanos()
		for index := 0; index < 2; index++ {
			group.Add(1)
			go func(index int) { defer group.Done(); body(index) }(index)
		}
		group.Wait()
		results = append(results, float64(cpuNanos()-start)/float64(2*count))
	}
	return median(results)
}

func residentBytes() float64 {
	text, _ := os.ReadFile("/proc/self/statm")
	pages, _ := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
	return pages * float64(os.Getpagesize())
}

func values() []float64 {
	state := uint64(42)
	result := make([]float64, 1024)
	for index := range result {
		state = state*6364136223846793005 + 1442695040888963407
		result[index] = math.Exp(float64(state>>40)/float64(1<<24)*9 - 7)
	}
	return result
}

const steps = 20000000

func observe(name string, histogram prometheus.Observer) {
	all := values()
	rounds := steps / 8 / len(all)
	run := func(int) {
		for round := 0; round < rounds; round++ {
			for _, value := range all {
				histogram.Observe(value)
			}
		}
	}
	report(name+"_shared", perCall(rounds*len(all), func() { run(0) }))
	report(name+"_shared_2_threads", inTwo(rounds*len(all), run))
}

func instruments() {
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bench_total"}, []string{"kind"}).WithLabelValues("a")
	run := func(int) {
		for step := 0; step < steps; step++ {
			counter.Inc()
		}
	}
	report("inc_shared", perCall(steps, func() { run(0) }))
	report("inc_shared_2_threads", inTwo(steps, run))
	observe("observe_classic", prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "bench_seconds", Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}}))
	observe("observe_native", prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "bench_native_seconds", NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160}))
}

func lookups() {
	family := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bench_requests_total"}, []string{"tenant", "cell", "method"})
	var tenants []string
	for index := 0; index < 64; index++ {
		tenants = append(tenants, fmt.Sprintf("tenant-%d", 1000+index))
	}
	cells, methods := []string{"erp", "crm", "billing", "search"}, []string{"GET", "POST"}
	all := func(rounds int) {
		for round := 0; round < rounds; round++ {
			for _, tenant := range tenants {
				for _, cell := range cells {
					for _, method := range methods {
						family.WithLabelValues(tenant, cell, method).Inc()
					}
				}
			}
		}
	}
	all(1)
	report("bind_strings", perCall(200*len(tenants)*8, func() { all(200) }))
}

func scrape(name string, registry *prometheus.Registry) {
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true})
	var results []float64
	size := 0
	for round := 0; round < 5; round++ {
		recorder := httptest.NewRecorder()
		recorder.Body = bytes.NewBuffer(make([]byte, 0, 1<<25))
		start := cpuNanos()
		handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		results = append(results, float64(cpuNanos()-start)/1e6)
		size = recorder.Body.Len()
	}
	report(name, median(results))
	report(name+"_mib", float64(size)/1048576)
}

func scrapes() {
	registry := prometheus.NewRegistry()
	family := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bench_requests_total", Help: "Requests."}, []string{"tenant", "cell", "code"})
	registry.MustRegister(family)
	for index := 0; index < 100000; index++ {
		family.WithLabelValues(fmt.Sprintf("tenant-%d", index/100), fmt.Sprintf("cell-%d", index%20), strconv.Itoa(200+index/20%5)).Add(float64(index * 37))
	}
	scrape("scrape_counters_ms", registry)
	registry = prometheus.NewRegistry()
	times := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "bench_duration_seconds", Help: "Times.",
		Buckets: []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}}, []string{"tenant", "cell"})
	registry.MustRegister(times)
	all := values()
	for index := 0; index < 6250; index++ {
		child := times.WithLabelValues(fmt.Sprintf("tenant-%d", index/10), fmt.Sprintf("cell-%d", index%10))
		for _, value := range all[:50] {
			child.Observe(value)
		}
	}
	scrape("scrape_histogram_lines_ms", registry)
}

func creation(count int) {
	family := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bench_requests_total"}, []string{"tenant", "cell", "code"})
	before, start := residentBytes(), cpuNanos()
	for index := 0; index < count; index++ {
		family.WithLabelValues("tenant-"+strconv.Itoa(index/100), "cell-"+strconv.Itoa(index%20), strconv.Itoa(200+index/20%5))
	}
	report(fmt.Sprintf("create_%d", count), float64(cpuNanos()-start)/float64(count))
	report(fmt.Sprintf("bytes_per_series_%d", count), (residentBytes()-before)/float64(count))
	if family == nil {
		panic("unused")
	}
}

func main() {
	instruments()
	lookups()
	scrapes()
	creation(1000000)
}
