// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target of ours: Swift 6 mode comes from `swiftLanguageModes`, warnings are errors.
let house: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Settings of what runs for each request. Debug builds, the tests' and the sanitizers' check each access to a stored
/// property for overlap, and so does the fuzzers'; released, these checks would be a fifth of the gateway's instructions
/// (docs/adr/0020).
let checksAccess = Context.environment["GATEHOUSE_CHECK_ACCESS"] != nil
let unchecked = SwiftSetting.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
let hot = checksAccess ? house : house + [unchecked]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

/// A library of ours; `docs/adr/0001` says why these modules, Tests/TidyTests holds the arrows.
func library(
    _ name: String, path: String? = nil, settings: [SwiftSetting] = house, _ dependencies: [Target.Dependency]
) -> Target {
    .target(name: name, dependencies: dependencies, path: path ?? "Sources/\(name)", swiftSettings: settings)
}

func tool(_ name: String, path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport", "Locking"], swiftSettings: house)
}

let package = Package(
    name: "gatehouse",
    products: [
        .executable(name: "gateway", targets: ["GatewayCommand"]),
        .executable(name: "log-shipper", targets: ["LogShipperCommand"]),
        .executable(name: "alert-rules", targets: ["AlertRulesCommand"]),
        .executable(name: "gatehouse-demo", targets: ["Demo"]),
        .library(name: "Exposition", targets: ["Exposition"]),
        .library(name: "GatewayMetrics", targets: ["GatewayMetrics"]),
        .library(name: "MetricsBridge", targets: ["MetricsBridge"]),
        .library(name: "RegularExpressions", targets: ["RegularExpressions"]),
        .library(name: "TimeSeries", targets: ["TimeSeries"]),
        .library(name: "PromQL", targets: ["PromQL"]),
        .library(name: "AlertRules", targets: ["AlertRules"]),
        .library(name: "FuzzChecks", targets: ["FuzzChecks"]),
        .library(name: "Gateway", targets: ["Gateway"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "CYAML", path: "Sources/CYAML", pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
        .target(
            name: "CCurl", path: "Sources/CCurl",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "CScan", path: "Sources/CScan"),
        .target(name: "CSocket", path: "Sources/CSocket"),
        .target(name: "CMemory", path: "Sources/CMemory"),
        .target(
            name: "CCodecs", path: "Sources/CCodecs",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(
            name: "CTLS", path: "Sources/CTLS",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(
            name: "CCrypto", path: "Sources/CCrypto",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),

        library("Locking", []),
        library("Exposition", ["CZlib"]),
        library("GatewayMetrics", path: "Sources/Metrics", ["Exposition", "Locking"]),
        library(
            "MetricsBridge",
            ["GatewayMetrics", "Exposition", "Locking", .product(name: "CoreMetrics", package: "swift-metrics")]),
        library("StructuredLog", settings: hot, ["Locking", logging]),
        library("StrictYAML", ["CYAML"]),
        library("CurlHTTP", ["CCurl"]),
        library("TimeSeries", ["Exposition", "Locking"]),
        library("RegularExpressions", ["Locking"]),
        library("PromQL", ["TimeSeries", "RegularExpressions", "Locking"]),
        library(
            "AlertRules",
            ["PromQL", "TimeSeries", "RegularExpressions", "Exposition", "CurlHTTP", "StrictYAML", "Locking"]),
        library(
            "Gateway", settings: hot,
            [
                "Exposition", "GatewayMetrics", "StructuredLog", "StrictYAML", "CurlHTTP", "TimeSeries", "PromQL",
                "AlertRules", "Locking", "CMemory", "CSocket", "CTLS", logging,
            ]),
        library(
            "LogShipper",
            [
                "CurlHTTP", "CZlib", "CCodecs", "CCrypto", "CScan", "CMemory", "GatewayMetrics", "Exposition",
                "StructuredLog", "StrictYAML", "RegularExpressions", "Locking", logging,
            ]),

        tool("GatewayCommand", path: "Sources/GatewayCommand", ["Gateway", arguments, signals, logging]),
        tool("LogShipperCommand", path: "Sources/LogShipperCommand", ["LogShipper", arguments, signals, logging]),
        tool(
            "AlertRulesCommand", path: "Sources/AlertRulesCommand",
            ["AlertRules", "PromQL", "RegularExpressions", "TimeSeries", arguments]),
        tool(
            "Demo", path: "Sources/Demo",
            [
                "CurlHTTP", "CZlib", "Locking", arguments, nioCore, nioPosix, nioHTTP1,
            ]),

        .target(name: "TestSupport", dependencies: ["Locking"], path: "Tests/TestSupport", swiftSettings: house),
        .target(
            name: "FuzzChecks",
            dependencies: ["AlertRules", "PromQL", "RegularExpressions", "StrictYAML", "TimeSeries", "Exposition"],
            path: "Tests/FuzzChecks", swiftSettings: house),
        tests("FuzzCorpusTests", ["FuzzChecks"]),
        tests("LockingTests", []),
        tests("ExpositionTests", ["Exposition", "CZlib"]),
        tests("GatewayMetricsTests", ["GatewayMetrics", "Exposition", "CZlib"]),
        tests(
            "MetricsBridgeTests",
            [
                "MetricsBridge", "GatewayMetrics", "Exposition",
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ]),
        tests("StructuredLogTests", ["StructuredLog", logging]),
        tests("StrictYAMLTests", ["StrictYAML"]),
        tests("CurlHTTPTests", ["CurlHTTP"]),
        tests("TimeSeriesTests", ["TimeSeries", "Exposition"]),
        tests("RegularExpressionsTests", ["RegularExpressions"]),
        tests("PromQLTests", ["PromQL", "RegularExpressions", "TimeSeries"]),
        tests("AlertRulesTests", ["AlertRules", "PromQL", "TimeSeries", "Exposition"]),
        tests(
            "GatewayTests",
            [
                "CZlib", "Gateway", "GatewayMetrics", "StructuredLog", "AlertRules", "CurlHTTP", "Exposition",
                "StrictYAML", "TimeSeries", "CTLS", nioCore, nioHTTP1,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ]),
        tests(
            "LogShipperTests",
            [
                "LogShipper", "CurlHTTP", "Exposition", "GatewayMetrics", "StrictYAML", "CCodecs", "CScan", "CZlib",
                logging,
            ]),
        tests(
            "DocumentationTests",
            [
                "Exposition", "Gateway", "GatewayMetrics", "LogShipper", "MetricsBridge", "StructuredLog",
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ]),
        tests("TidyTests", []),
        tests("AppTests", ["CZlib", "GatewayCommand", "LogShipperCommand", "AlertRulesCommand", "Demo"]),
    ],
    swiftLanguageModes: [.v6]
)
