// swift-tools-version: 6.2
import PackageDescription

// Fuzz targets for libFuzzer; scripts/fuzz builds and runs them.
// What a target asserts stands in Tests/FuzzChecks, so that Tests/FuzzCorpusTests replays the corpus with the same eyes;
// the targets of Exposition keep theirs here. Those of the gateway's wire formats are a part of its tests (the folder Wire is
// theirs, by a link) and see the module from inside: -enable-testing.
let exposition = Target.Dependency.product(name: "Exposition", package: "gatehouse")
let checks = Target.Dependency.product(name: "FuzzChecks", package: "gatehouse")

let gateway = Target.Dependency.product(name: "Gateway", package: "gatehouse")

let package = Package(
    name: "gatehouse-fuzz",
    dependencies: [.package(name: "gatehouse", path: "..")],
    targets: ["FuzzText", "FuzzProtobuf", "FuzzNegotiation"].map {
        .executableTarget(name: $0, dependencies: [exposition])
    }
        + ["FuzzPromQL", "FuzzEvaluate", "FuzzRegex", "FuzzYAML", "FuzzTemplate", "FuzzOpenMetricsReader", "FuzzBlock"]
        .map {
            .executableTarget(name: $0, dependencies: [checks])
        }
        + [.target(name: "Wire", dependencies: [gateway])]
        + ["FuzzHTTP1Request", "FuzzHTTP1Response", "FuzzHTTP2"].map {
            .executableTarget(name: $0, dependencies: ["Wire"])
        },
    swiftLanguageModes: [.v6]
)
