// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "shop",
    dependencies: [
        .package(path: "../gatehouse"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        .executableTarget(
            name: "Shop",
            dependencies: [
                .product(name: "GatewayMetrics", package: "gatehouse"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ])
    ]
)
