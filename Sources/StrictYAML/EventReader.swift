import CYAML

/// What YAML's grammar finds in a text, one after the other (YAML 1.1, section 3.1: serialisation events), read by
/// libyaml.
final class EventReader {
    /// An event and where it begins.
    struct Event {
        enum Kind {
            case streamStart, streamEnd, documentStart, documentEnd
            case scalar(String, YAMLNode.ScalarStyle)
            case sequenceStart, sequenceEnd
            case mappingStart, mappingEnd
            case alias(String)
        }

        let kind: Kind
        /// `&name` before it.
        let anchor: String?
        /// 1-based; the column counts Unicode scalars.
        let line: Int
        let column: Int
    }

    let source: SourceLines
    let file: String
    /// libyaml keeps pointers to both, so neither may move.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    /// Bytes of a byte order mark, which libyaml would take for an indent of the first line; it gets the rest.
    private let markBytes: Int

    init(source: SourceLines, file: String) throws(YAMLError) {
        self.source = source
        self.file = file
        markBytes = source.bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        input = .allocate(capacity: source.bytes.count)
        _ = input.initialize(from: source.bytes)
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else { throw YAMLError(file: file, message: "out of memory") }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        let text = UnsafeBufferPointer(rebasing: input[markBytes...])
        yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event; must not be asked for after `streamEnd` or an error.
    func next() throws(YAMLError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        let place = place(event.start_mark)
        let (kind, anchor) = Self.meaning(of: event)
        return Event(kind: kind, anchor: anchor, line: place.line, column: place.column)
    }

    private static func meaning(of event: yaml_event_t) -> (Event.Kind, anchor: String?) {
        switch event.type {
        case YAML_STREAM_START_EVENT: return (.streamStart, nil)
        case YAML_DOCUMENT_START_EVENT: return (.documentStart, nil)
        case YAML_DOCUMENT_END_EVENT: return (.documentEnd, nil)
        case YAML_ALIAS_EVENT: return (.alias(text(event.data.alias.anchor) ?? ""), nil)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return (.scalar(String(decoding: bytes, as: UTF8.self), style(scalar.style)), text(scalar.anchor))
        case YAML_SEQUENCE_START_EVENT: return (.sequenceStart, text(event.data.sequence_start.anchor))
        case YAML_SEQUENCE_END_EVENT: return (.sequenceEnd, nil)
        case YAML_MAPPING_START_EVENT: return (.mappingStart, text(event.data.mapping_start.anchor))
        case YAML_MAPPING_END_EVENT: return (.mappingEnd, nil)
        default: return (.streamEnd, nil)
        }
    }

    private static func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        bytes.map { String(cString: $0) }
    }

    private static func style(_ style: yaml_scalar_style_t) -> YAMLNode.ScalarStyle {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .plain
        }
    }

    private func failure() -> YAMLError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "out of memory"
        if parser.pointee.error == YAML_READER_ERROR {
            let place = source.place(ofByte: parser.pointee.problem_offset + markBytes)
            return YAMLError(file: file, line: place.line, column: place.column, message: problem)
        }
        let during = parser.pointee.context.map { " (\(String(cString: $0)))" } ?? ""
        let place = place(parser.pointee.problem_mark)
        return YAMLError(file: file, line: place.line, column: place.column, message: problem + during)
    }

    /// 1-based; a byte order mark is a scalar of the first line.
    private func place(_ mark: yaml_mark_t) -> (line: Int, column: Int) {
        (Int(mark.line) + 1, Int(mark.column) + (mark.line == 0 && markBytes > 0 ? 2 : 1))
    }
}
