extension ConfigurationCheck {
    /// The report for a terminal.
    public var lines: [String] {
        var lines = ["state_dir: \(configuration.stateDirectory)"]
        lines.append("ops: \(configuration.opsListen.isEmpty ? "off" : configuration.opsListen)")
        for input in inputs { lines += text(input) }
        for (index, output) in configuration.outputs.enumerated() {
            lines.append("")
            let isFile = output.type == .file
            let place = isFile ? "\(output.file.directory)/\(output.file.path)" : RequestPreview.masked(url: output.url)
            lines.append("output \(output.name): \(output.type.rawValue) \(place), \(codecs[index])")
            if !isFile { lines += previews[index].map(text) ?? ["  no line to show a request of"] }
        }
        guard !problems.isEmpty else { return lines }
        return lines + ["", "problems:"] + problems.map { "  \(TextTable.plain($0, 500))" }
    }

    private func text(_ input: InputSample) -> [String] {
        let paths = TextTable.plain(input.paths.joined(separator: " "), 200)
        var lines = ["", "input \(paths): \(input.fileCount) files match"]
        for file in input.files.prefix(20) {
            lines.append("  \(TextTable.plain(file.path, 200)) \(SizeText.bytes(file.size)), \(starts(file.starts))")
        }
        if input.fileCount > 20 { lines.append("  and \(input.fileCount - 20) more") }
        guard input.lines > 0 else { return lines + ["  no line to look at"] }
        lines.append("  \(input.lines) lines looked at: \(input.withTime) with a time, \(input.withoutTime) without")
        if input.compressedFiles > 0 { lines.append("  \(input.compressedFiles) of these files are compressed") }
        if input.joined > 0 { lines.append("  \(input.joined) of them are records of several lines") }
        if input.dropped > 0 { lines.append("  \(input.dropped) lines dropped by their tenants' rules") }
        for odd in input.oddities { lines.append("  \(odd.count) of kind \(odd.kind)") }
        let ranked = input.ranked(tenants)
        lines.append("  \(ranked.count) tenants:")
        for tenant in ranked.prefix(InputSample.shownTenants) {
            lines.append("    \(TextTable.plain(tenant.name, 64)) \(tenant.lines) lines")
        }
        let hidden = ranked.count - InputSample.shownTenants
        return lines + (hidden > 0 ? ["    and \(hidden) more"] : [])
    }

    /// One sentence where all outputs begin at the same place.
    private func starts(_ starts: [String]) -> String {
        if Set(starts).count == 1 { return "from \(starts[0])" }
        return zip(configuration.outputs, starts).map { "\($0.name) from \($1)" }.joined(separator: "; ")
    }

    private func text(_ preview: RequestPreview) -> [String] {
        var lines = ["  first request: POST \(preview.url)"]
        lines += preview.headers.map { "    \(TextTable.plain("\($0.name): \($0.value)", 200))" }
        let sizes = "\(SizeText.bytes(preview.plainBytes)), \(SizeText.bytes(preview.sentBytes)) when sent"
        lines.append("    \(preview.lines) lines, \(sizes)")
        let start = TextTable.plain(String(decoding: preview.start, as: UTF8.self), RequestPreview.shownBodyBytes)
        return lines + ["    \(start)"]
    }

    /// The same as one JSON document.
    public var json: String {
        var json = JSONDocument()
        json.beginObject()
        json.bool("fine", problems.isEmpty)
        json.beginArray("problems")
        for problem in problems { json.string(nil, problem) }
        json.endArray()
        json.beginArray("inputs")
        for input in inputs { append(input, to: &json) }
        json.endArray()
        json.beginArray("outputs")
        for (index, output) in configuration.outputs.enumerated() {
            json.beginObject()
            json.string("name", output.name)
            json.string("type", output.type.rawValue)
            json.string("codec", codecs[index])
            if let preview = previews[index] { append(preview, to: &json) }
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private func append(_ input: InputSample, to json: inout JSONDocument) {
        json.beginObject()
        json.beginArray("paths")
        for path in input.paths { json.string(nil, path) }
        json.endArray()
        json.number("file_count", input.fileCount)
        json.beginArray("files")
        for file in input.files {
            json.beginObject()
            json.string("path", file.path)
            json.number("size", file.size)
            json.beginArray("starts")
            for start in file.starts { json.string(nil, start) }
            json.endArray()
            json.endObject()
        }
        json.endArray()
        json.number("lines", input.lines)
        json.number("joined_records", input.joined)
        json.number("compressed_files", input.compressedFiles)
        json.number("with_time", input.withTime)
        json.number("without_time", input.withoutTime)
        json.number("dropped_by_rules", input.dropped)
        json.beginArray("odd_lines")
        for odd in input.oddities {
            json.beginObject()
            json.string("kind", odd.kind)
            json.number("count", odd.count)
            json.endObject()
        }
        json.endArray()
        json.beginArray("tenants")
        for tenant in input.ranked(tenants).prefix(1000) {
            json.beginObject()
            json.string("name", tenant.name)
            json.number("lines", tenant.lines)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }

    private func append(_ preview: RequestPreview, to json: inout JSONDocument) {
        json.string("url", preview.url)
        json.beginArray("headers")
        for header in preview.headers { json.string(nil, "\(header.name): \(header.value)") }
        json.endArray()
        json.number("lines", preview.lines)
        json.number("plain_bytes", preview.plainBytes)
        json.number("sent_bytes", preview.sentBytes)
        json.text("body_start", preview.start)
    }
}
