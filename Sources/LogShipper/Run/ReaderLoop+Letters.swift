import GatewayMetrics
import Logging

/// Files of dead letters that were given back, which the shipper removes once they are delivered.
extension ReaderLoop {
    /// Right after a checkpoint: what it says to be done needs no file any more.
    func removeReturnedLetters() {
        let done = files.values.filter { file in
            configuration.inputs[file.input].holdsDeadLetters && file.front >= file.size && file.lag.isEmpty
        }
        guard !done.isEmpty else { return }
        let owed = owedOffsets()
        for file in done where owed[file.serial] == nil {
            // Until the next look it is still among the files.
            guard hasContent(file, behind: file.front) == false, FileLock.exists(file.path) else { continue }
            do throws(SystemError) {
                try FileLock.remove(file.path)
                metrics.fileEvents.bind(["letters_returned"]).increment()
                needsScan = true
            } catch {
                logger.warning("a file of dead letters cannot be removed", metadata: ["error": "\(error)"])
            }
        }
    }
}

extension PipelinePart {
    var deadLetters: DeadLetterPaths {
        DeadLetterPaths(stateDirectory: configuration.stateDirectory, output: output.name)
    }

    /// The configuration of one output's reader: the inputs, and the dead letters of the output that were given back.
    static func reading(_ configuration: ShipperConfiguration, for output: String) -> ShipperConfiguration {
        var result = configuration
        let paths = DeadLetterPaths(stateDirectory: configuration.stateDirectory, output: output)
        var letters = ShipperConfiguration.Input(paths: [paths.replayGlob])
        letters.holdsDeadLetters = true
        letters.timeField = configuration.inputs.first?.timeField ?? letters.timeField
        letters.compression = .none
        letters.maxLineBytes = DeadLetterReader.maxLetterBytes
        result.inputs.append(letters)
        return result
    }
}
