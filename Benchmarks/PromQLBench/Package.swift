// swift-tools-version: 6.2
import PackageDescription

// Measures the PromQL engine through its public interface, and makes the same data and queries for its peers.
let package = Package(
    name: "promql-bench",
    dependencies: [.package(name: "gatehouse", path: "../..")],
    targets: [
        .executableTarget(
            name: "PromQLBench",
            dependencies: [
                .product(name: "PromQL", package: "gatehouse"),
                .product(name: "TimeSeries", package: "gatehouse"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
