// swift-tools-version: 6.2
import PackageDescription

// Fuzz targets for libFuzzer; scripts/fuzz builds and runs them.
// What a target asserts stands in Tests/FuzzChecks, so that Tests/FuzzCorpusTests replays the corpus with the same eyes;
// the targets of Exposition keep theirs here.
let exposition = Target.Dependency.product(name: "Exposition", package: "gatehouse")
let checks = Target.Dependency.product(name: "FuzzChecks", package: "gatehouse")

let package = Package(
    name: "gatehouse-fuzz",
    dependencies: [.package(name: "gatehouse", path: "..")],
    targets: ["FuzzText", "FuzzProtobuf", "FuzzNegotiation"].map {
        .executableTarget(name: $0, dependencies: [exposition])
    }
        + ["FuzzPromQL", "FuzzEvaluate", "FuzzRegex", "FuzzYAML", "FuzzTemplate", "FuzzOpenMetricsReader", "FuzzBlock"]
        .map {
            .executableTarget(name: $0, dependencies: [checks])
        },
    swiftLanguageModes: [.v6]
)
