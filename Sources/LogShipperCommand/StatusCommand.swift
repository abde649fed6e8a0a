import ArgumentParser
import LogShipper

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Asks the running log-shipper for files, queues and outputs (JSON).")

    @OptionGroup var options: ConfigOptions

    func run() throws {
        do {
            print(try StatusRequest(try options.load()).send(), terminator: "")
        } catch let error as StatusRequest.Failure {
            throw options.failure(error.description)
        }
    }
}
