// swift-tools-version: 6.2
import PackageDescription

// Measures GatewayMetrics and Exposition through their public interface, as another package would use them.
let package = Package(
    name: "metrics-bench",
    dependencies: [.package(name: "gatehouse", path: "../..")],
    targets: [
        .target(name: "MallocCount"),
        .executableTarget(
            name: "MetricsBench",
            dependencies: [
                "MallocCount",
                .product(name: "GatewayMetrics", package: "gatehouse"),
                .product(name: "Exposition", package: "gatehouse"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
