import Foundation
import TestSupport
import Testing

@testable import Gateway

/// http2-frame-test-case: 34 frames that nobody here wrote, each with what it holds or the errors it may be.
@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.absence)"))
struct H2FrameCorpusTests {
    struct Sample: CustomTestStringConvertible, Sendable {
        var name: String
        var wire: [UInt8]
        var errors: [UInt32]?
        /// `frame`, flattened to text.
        var expected: [String: String]

        var testDescription: String { name }
    }

    private static let folder: URL = {
        URL(fileURLWithPath: Conformance.directory ?? "").appendingPathComponent("http/h2-frames")
    }()

    static let samples: [Sample] = {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.compactMap(sample)
    }()

    private static func sample(_ file: URL) -> Sample? {
        guard let data = try? Data(contentsOf: file),
            let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let wire = object["wire"] as? String
        else { return nil }
        var expected: [String: String] = [:]
        if let frame = object["frame"] as? [String: Any] {
            for (key, value) in frame where key != "frame_payload" { expected[key] = "\(value)" }
            for (key, value) in frame["frame_payload"] as? [String: Any] ?? [:] { expected[key] = text(value) }
        }
        return Sample(
            name: file.lastPathComponent, wire: hexBytes(wire),
            errors: (object["error"] as? [Int])?.map(UInt32.init), expected: expected)
    }

    private static func text(_ value: Any) -> String? {
        if value is NSNull { return nil }
        if let pairs = value as? [[Int]] { return pairs.map { "\($0[0])=\($0[1])" }.joined(separator: ",") }
        return "\(value)"
    }

    @Test("The corpus is there and whole")
    func isWhole() {
        #expect(Self.samples.count == 34)
    }

    @Test("Every sample of the corpus decodes to what it says, or to one of its errors", arguments: samples)
    func decodes(_ sample: Sample) {
        let result = Self.decode(sample.wire)
        guard let errors = sample.errors else {
            guard case .success(let found) = result else {
                Issue.record("\(result)")
                return
            }
            for (key, value) in found { #expect(sample.expected[key] == value, "\(key)") }
            #expect(found.count >= 4)
            return
        }
        guard case .failure(let failure) = result else {
            Issue.record("no error")
            return
        }
        #expect(errors.contains(failure.fault.code.rawValue))
    }

    /// The frame as the corpus describes it.
    private static func decode(_ wire: [UInt8]) -> Result<[String: String], HTTP2Failure> {
        wire.withUnsafeBytes { raw in
            guard let header = HTTP2FrameHeader(raw, at: 0) else { return .failure(HTTP2Failure(.frameLength)) }
            guard header.length <= HTTP2Limits().frameBytes else { return .failure(HTTP2Failure(.frameTooLarge)) }
            do throws(HTTP2Failure) {
                let frame = try HTTP2Frame.read(header, raw.part(9, raw.count))
                var found = describe(frame, raw)
                found["length"] = "\(header.length)"
                found["type"] = "\(header.type)"
                found["flags"] = "\(header.flags.rawValue)"
                found["stream_identifier"] = "\(header.stream)"
                return .success(found)
            } catch {
                return .failure(error)
            }
        }
    }

    private static func describe(_ frame: HTTP2Frame, _ raw: UnsafeRawBufferPointer) -> [String: String] {
        func string(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
        switch frame {
        case .data(let data): return ["data": string(data)]
        case .headers(let fragment, let priority):
            return ["header_block_fragment": string(fragment)].merging(describe(priority)) { $1 }
        case .priority(let priority): return describe(priority)
        case .resetStream(let code): return ["error_code": "\(code.rawValue)"]
        case .settings(let payload):
            let pairs = stride(from: 0, to: payload.count, by: 6).map { at in
                "\(UInt16(payload[at]) << 8 | UInt16(payload[at + 1]))=\(payload.bigEndian32(at + 2))"
            }
            return ["settings": pairs.joined(separator: ",")]
        case .pushPromise(let promised, let fragment):
            return ["promised_stream_id": "\(promised)", "header_block_fragment": string(fragment)]
        case .ping(let value), .pingAcknowledgement(let value):
            let bytes = WireFrame.word(UInt32(value >> 32)) + WireFrame.word(UInt32(truncatingIfNeeded: value))
            return ["opaque_data": String(decoding: bytes, as: UTF8.self)]
        case .goAway(let last, let code): return ["last_stream_id": "\(last)", "error_code": "\(code.rawValue)"]
        case .windowUpdate(let increment): return ["window_size_increment": "\(increment)"]
        case .continuation(let fragment): return ["header_block_fragment": string(fragment)]
        case .settingsAcknowledgement, .unknown: return [:]
        }
    }

    private static func describe(_ priority: HTTP2Priority?) -> [String: String] {
        guard let priority else { return [:] }
        return [
            "stream_dependency": "\(priority.dependency)", "weight": "\(priority.weight)",
            "exclusive": priority.isExclusive ? "1" : "0",
        ]
    }
}
