import ArgumentParser
import LogShipper

/// `log-shipper dlq`: the lines that a destination refused for good.
struct DLQCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq", abstract: "Lists dead letters and gives them back.",
        subcommands: [List.self, Replay.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Shows the newest dead letters and counts all.")

        @OptionGroup var options: ConfigOptions

        @Option(name: .long, help: "Only this output.")
        var output: String?

        @Option(name: .long, help: "Only this tenant.")
        var tenant: String?

        @Flag(name: .long, help: "Print one JSON document.")
        var json = false

        @Option(name: .long, help: "How many letters to show, the newest ones (0 to 100000).")
        var limit = 50

        func validate() throws {
            guard (0...100_000).contains(limit) else { throw ValidationError("--limit must be 0 to 100000") }
        }

        func run() throws {
            let configuration = try options.load()
            let filter = DeadLetterListing.Filter(output: output, tenant: tenant, limit: limit)
            do throws(DeadLetterError) {
                let listing = try DeadLetterListing(configuration, filter)
                if json { print(listing.json) } else { for line in listing.lines { print(line) } }
            } catch {
                throw options.failure(error.description)
            }
        }
    }

    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay", abstract: "Gives dead letters back to the shipper, whether it runs or not.",
            discussion: """
                The lines are sent again, for the tenants they had. What is refused again is a dead letter again, so \
                mend the destination first. Nothing is lost or doubled when this is interrupted: run it again.
                """)

        @OptionGroup var options: ConfigOptions

        @Option(name: .long, help: "The output whose letters are meant.")
        var output: String

        @Option(name: .long, help: "Only this tenant's letters.")
        var tenant: String?

        @Flag(name: .long, help: "Only count.")
        var dryRun = false

        func run() throws {
            let configuration = try options.load()
            do throws(DeadLetterError) {
                let letters = try DeadLetterReturn(configuration, output: output, tenant: tenant)
                for line in try letters.run(isRehearsal: dryRun) { print(line) }
            } catch {
                throw options.failure(error.description)
            }
        }
    }
}
