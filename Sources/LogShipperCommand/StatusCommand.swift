import ArgumentParser
import LogShipper

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Asks the running log-shipper for its outputs, files and tenants.")

    @OptionGroup var options: ConfigOptions

    @Flag(name: .long, help: "Print one JSON document.")
    var json = false

    func run() throws {
        let configuration = try options.load()
        do throws(OpsFailure) {
            print(try StatusRequest(configuration).send(asTable: !json), terminator: "")
        } catch {
            throw options.failure(error.description)
        }
    }
}
