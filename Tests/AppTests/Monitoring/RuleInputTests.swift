import Foundation
import TestSupport
import Testing

@Suite("alert-rules reads files, pipes and folders, and says what it leaves out")
struct RuleInputTests {
    private static let rules = """
        groups:
          - name: g
            rules:
              - {alert: Down, expr: up == 0, for: 30s}
              - {alert: Never, expr: up > 7}

        """
    private static let samples = "# TYPE up gauge\nup 0 1700000000\nup 0 1700000060\nup 0 1700000120\n# EOF\n"
    private static let unitTest = """
        rule_files: [rules.yml]
        tests:
          - input_series: [{series: up, values: 0x10}]
            promql_expr_test: [{expr: up, eval_time: 1m, exp_samples: [{labels: up, value: 0}]}]

        """

    private func folder() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory("inputs")
        try folder.write(Self.rules, to: "rules.yml")
        try folder.write(Self.samples, to: "data.om")
        try folder.write(Self.unitTest, to: "test.yml")
        return folder
    }

    @Test(
        "every command that reads files reads standard input and pipes",
        arguments: [
            ("query --input - 'count_over_time(up[5m])' <data.om", "[1700000120,\"3\"]"),
            ("query --input <(cat data.om) 'count_over_time(up[5m])'", "[1700000120,\"3\"]"),
            ("query --input <(gzip -c data.om) 'count_over_time(up[5m])'", "[1700000120,\"3\"]"),
            ("replay --rules rules.yml --input - <data.om", "FIRING"),
            ("replay --rules - --input data.om <rules.yml", "FIRING"),
            ("replay --rules <(cat rules.yml) --input <(cat data.om)", "FIRING"),
            ("check --fail-on error - <rules.yml", "SUCCESS: 2 rules found"),
            ("check --fail-on error <(cat rules.yml)", "SUCCESS: 2 rules found"),
            ("check --metrics <(cat data.om); true", ":1: up: there is no help text"),
            ("check --metrics <(gzip -c data.om); true", ":1: up: there is no help text"),
            ("test <(cat test.yml)", "SUCCESS"), ("test - <test.yml", "SUCCESS"), ("fmt - <rules.yml", "Never"),
            ("fmt --check <(cat rules.yml)", ""),
        ])
    func pipes(command: String, output: String) throws {
        let folder = try folder()
        let outcome = try shell("\"$0\" \(command)", in: folder)
        #expect(outcome.status == 0 && (output.isEmpty || outcome.output.contains(output)), "\(command) \(outcome)")
        let slow = command.replacing("<(cat ", with: "<(sleep 0.2; cat ")
        if slow != command { #expect(try shell("\"$0\" \(slow)", in: folder).output == outcome.output) }
    }

    @Test("standard input is read once only, and reports go to standard output for -")
    func streams() throws {
        let folder = try folder()
        for command in ["replay --rules - --input -", "check - -", "test - -"] {
            let outcome = try shell("\"$0\" \(command) <data.om", in: folder)
            #expect(outcome.error.contains("can be read only once"), "\(outcome)")
        }
        let junit = try shell("\"$0\" test --junit - test.yml", in: folder)
        #expect(junit.status == 0 && junit.output.hasPrefix("<?xml") && junit.error.contains("SUCCESS"), "\(junit)")
        let page = try shell("\"$0\" replay --html - --rules rules.yml --input data.om", in: folder)
        #expect(page.status == 0 && page.output.hasPrefix("<!DOCTYPE html>") && !page.output.contains("FIRING  "))
        #expect(try shell("\"$0\" replay --html - --json --rules rules.yml --input data.om", in: folder).status == 2)
        #expect(!FileManager.default.fileExists(atPath: folder.file("-")))
    }

    @Test("a format that the text doesn't tell is asked for")
    func formats() throws {
        let folder = try folder()
        try folder.write("# seconds by mistake\nup 1 1700000000\n", to: "odd.prom")
        let odd = try shell("\"$0\" query --input odd.prom up", in: folder)
        #expect(
            odd.status == 2 && odd.error.contains("odd.prom:2:1: ") && odd.error.contains("--data-format"), "\(odd)")
        let told = try shell("\"$0\" query --data-format prometheus --input odd.prom up", in: folder)
        #expect(told.status == 0 && told.output.contains("[1700000,\"1\"]"), "\(told)")
        let cut = try shell("\"$0\" query --input <(head -c 40 data.om) up", in: folder)
        #expect(cut.status == 0 && cut.output.contains("[1700000000,\"0\"]"), "\(cut)")
        #expect(cut.error.contains("there is no # EOF"), "\(cut)")
    }

    @Test("the feature flags for start timestamps and for labels of type and unit reach the readers")
    func features() throws {
        let folder = try folder()
        let text =
            "# TYPE a counter\na_total 90 1700000090\na_created 1700000000 1700000090\n"
            + "a_total 120 1700000120\na_created 1700000000 1700000120\n# EOF\n"
        try folder.write(text, to: "a.om")
        let query = "\"$0\" query --input a.om --time 1700000120"
        let plain = try shell("\(query) 'increase(a_total[5m])'", in: folder)
        let started = try shell("\(query) --enable-feature use-start-timestamps 'increase(a_total[5m])'", in: folder)
        // From zero at the start, against one step of 30 that is drawn out to both sides.
        #expect(started.output.contains("\"120\"") && !plain.output.contains("\"120\""), "\(plain) \(started)")
        let typed = try shell("\(query) --enable-feature type-and-unit-labels '{__type__=\"counter\"}'", in: folder)
        #expect(typed.output.contains("\"__type__\":\"counter\"") && typed.output.contains("a_total"), "\(typed)")
    }

    @Test("limits are options")
    func limits() throws {
        let folder = try folder()
        try folder.write((0..<20).map { "a{x=\"\($0)\"} 1 1700000000\n" }.joined() + "# EOF\n", to: "many.om")
        for option in ["--max-samples 19", "--max-series 19"] {
            for command in ["query --input many.om a", "replay --input many.om --rules rules.yml"] {
                let outcome = try shell("\"$0\" \(command) \(option)", in: folder)
                #expect(outcome.status == 2 && outcome.error.contains("19"), "\(outcome)")
                #expect(outcome.error.contains(option.dropLast(3)), "\(outcome)")
            }
        }
        #expect(try shell("\"$0\" query --input data.om --timeout 0 up", in: folder).status == 2)
        // Input that never comes: how fast the machine is doesn't matter.
        for silent in ["mkfifo pipe; \"$0\" query --input pipe", "(cat data.om; sleep 2) | \"$0\" query --input -"] {
            let late = try shell("\(silent) --timeout 0.2 up", in: folder)
            #expect(late.status == 1 && late.error.contains("took longer than --timeout, 0.2 s"), "\(late)")
        }
    }

    @Test("a gate that sees no sample doesn't pass, and neither does a feature that there isn't")
    func blind() throws {
        let folder = try folder()
        let replay = "\"$0\" replay --rules rules.yml --input data.om"
        let blind = try shell("\(replay) --fail-on firing --start 1600000000 --end 1600003600", in: folder)
        #expect(blind.status == 2 && blind.error.contains("the rules see no sample"), "\(blind)")
        #expect(try shell("\(replay) --start 1600000000 --end 1600003600", in: folder).status == 0)
        for command in [replay, "\"$0\" query --input data.om up"] {
            let unknown = try shell("\(command) --enable-feature promql-experimental-function", in: folder)
            #expect(
                unknown.status == 2 && unknown.error.contains("did you mean 'promql-experimental-functions'?"),
                "\(unknown)")
        }
    }

    @Test("labels are added, and a scrape alone has the time in its name")
    func labels() throws {
        let folder = try folder()
        try folder.write("a 1\n", to: "node-1700000000.prom")
        let query = "\"$0\" query --input node-1700000000.prom --label job=node 'a{job=\"node\"}'"
        let outcome = try shell(query, in: folder)
        #expect(outcome.output.contains("\"value\":[1700000000,\"1\"]"), "\(outcome)")
        for wrong in ["--label job", "--label job=a --label job=b", "--label __name__=a", "--target-label ''"] {
            #expect(try shell("\(query) \(wrong)", in: folder).status == 2)
        }
    }

    @Test("replay fails on alerts where it is asked to")
    func gate() throws {
        let folder = try folder()
        for (state, status) in [("firing", 1), ("pending", 1)] as [(String, Int32)] {
            let outcome = try shell("\"$0\" replay --rules rules.yml --input data.om --fail-on \(state)", in: folder)
            #expect(
                outcome.status == status && outcome.error == "alert-rules: --fail-on \(state): Down {}\n", "\(outcome)")
        }
        let short = "--end 1700000029 --interval 15"
        let pending = try shell("\"$0\" replay --rules rules.yml --input data.om \(short) --fail-on firing", in: folder)
        #expect(pending.status == 0 && pending.output.contains("pending"), "\(pending)")
        #expect(
            try shell("\"$0\" replay --rules rules.yml --input data.om \(short)s --fail-on pending", in: folder).status
                == 1)
    }

    @Test("durations are seconds or have a unit")
    func durations() throws {
        let folder = try folder()
        let range = "query --input data.om --start 1700000000 --end 1700000060 up --step"
        let seconds = try shell("\"$0\" \(range) 15s", in: folder)
        let bare = try shell("\"$0\" \(range) 15", in: folder)
        #expect(bare.status == 0 && bare.output == seconds.output, "\(bare)")
        for interval in ["15", "15s"] {
            #expect(
                try shell("\"$0\" check --scrape-interval \(interval) --fail-on error rules.yml", in: folder).status
                    == 0)
            #expect(
                try shell("\"$0\" replay --interval \(interval) --rules rules.yml --input data.om", in: folder).status
                    == 0)
        }
    }

    @Test("what is empty or named twice is said")
    func remarks() throws {
        let folder = try folder()
        try folder.write("", to: "empty.om")
        let empty = try shell("\"$0\" query --input empty.om up", in: folder)
        #expect(empty.error == "alert-rules: empty.om: the file is empty\n", "\(empty)")
        let twice = try shell(
            "\"$0\" replay --rules rules.yml ./rules.yml --input data.om ./data.om --json", in: folder)
        #expect(twice.status == 0, "\(twice)")
        #expect(twice.error.contains("alert-rules: ./data.om: the same file as data.om, which is read once"))
        #expect(twice.error.contains("alert-rules: ./rules.yml: the same file as rules.yml, which is read once"))
        let once = try shell("\"$0\" replay --rules rules.yml --input data.om --json", in: folder)
        #expect(twice.output == once.output)
    }

    @Test(
        "a block that lacks a part is named, a broken one is unreadable input",
        .enabled(if: Tool.path(of: "promtool") != nil))
    func blocks() throws {
        let folder = try folder()
        let made = try shell(
            "promtool tsdb create-blocks-from openmetrics -q data.om blocks && cp -r blocks/* 01ARZ3NDEKTSV4RRFFQ69G5FAV && "
                + "mv 01ARZ3NDEKTSV4RRFFQ69G5FAV blocks && rm blocks/01ARZ3NDEKTSV4RRFFQ69G5FAV/meta.json", in: folder)
        #expect(made.status == 0, "\(made)")
        let query = "\"$0\" query --input blocks 'count_over_time(up[5m])' --time 1700000120"
        let outcome = try shell(query, in: folder)
        #expect(outcome.status == 0 && outcome.output.contains("\"3\""), "\(outcome)")
        #expect(
            outcome.error
                == "alert-rules: blocks: blocks that lack a part are skipped: 01ARZ3NDEKTSV4RRFFQ69G5FAV (no meta.json)\n"
        )
        #expect(try shell("\(query) --max-samples 2", in: folder).status == 2)
        let broken = try shell(
            "printf x | dd of=$(ls blocks/*/chunks/000001 | tail -n 1) seek=20 bs=1 conv=notrunc; \(query)", in: folder)
        #expect(broken.status == 2 && broken.error.contains("the checksum of the chunk is wrong"), "\(broken)")
        _ = try shell("rm blocks/*/meta.json", in: folder)
        let none = try shell(query, in: folder)
        #expect(
            none.status == 2 && none.error.contains("there is no whole block; blocks that lack a part are"), "\(none)")
    }
}
