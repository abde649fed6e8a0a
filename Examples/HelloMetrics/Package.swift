// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "hello-metrics",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(name: "gatehouse", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "HelloMetrics",
            dependencies: [
                .product(name: "GatewayMetrics", package: "gatehouse"),
                .product(name: "MetricsBridge", package: "gatehouse"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Metrics", package: "swift-metrics"),
            ]),
        // The last step of the tutorial in Sources/Metrics/GatewayMetrics.docc; a test holds both to be the same.
        .executableTarget(
            name: "FirstHistogram",
            dependencies: [
                .product(name: "GatewayMetrics", package: "gatehouse"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
