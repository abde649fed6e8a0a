// swift-tools-version: 6.2
import PackageDescription

// Fuzz targets for libFuzzer; scripts/fuzz builds and runs them.
let exposition = Target.Dependency.product(name: "Exposition", package: "gatehouse")
let package = Package(
    name: "gatehouse-fuzz",
    dependencies: [.package(name: "gatehouse", path: "..")],
    targets: ["FuzzText", "FuzzProtobuf", "FuzzNegotiation"].map {
        .executableTarget(name: $0, dependencies: [exposition])
    },
    swiftLanguageModes: [.v6]
)
