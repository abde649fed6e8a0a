/// Records of several lines that may go on: whether they do is only known when the next one begins, or when nothing has
/// come for the timeout.
extension ReaderLoop {
    /// After a turn at the front: what is left unread of a file that was read to its end may be the start of a record.
    func noteOpenRecord(_ file: TailedFile, _ now: Int64) {
        guard let rule = routers[file.input].rule, !file.mayHaveMore else { return }
        guard file.front < file.seenEnd else {
            openRecords[file.serial] = nil
            return
        }
        if openRecords[file.serial]?.end != file.seenEnd {
            openRecords[file.serial] = OpenRecord(end: file.seenEnd, dueNanos: now + rule.timeoutNanos)
        }
    }

    /// Takes records that did not go on for the timeout. Half a line at their end stays where it is.
    func closeOpenRecords(_ now: Int64) {
        for (serial, record) in openRecords where record.dueNanos <= now {
            openRecords[serial] = nil
            guard let file = files[serial], let bytes = readAndVerify(file, now), bytes.count > file.tail.count else {
                continue
            }
            let consumed = route(
                file, bytes, at: file.front, isPass: false, isFinal: false, endsRecord: budget > 0, now)
            guard consumed > 0 else {
                if budget <= 0 { openRecords[serial] = OpenRecord(end: record.end, dueNanos: now + 100_000_000) }
                continue
            }
            file.advance(
                by: consumed, window: UnsafeRawBufferPointer(rebasing: bytes.prefix(file.tail.count + consumed)))
            hasRead = true
        }
    }
}

/// A record whose end is not known.
struct OpenRecord: Equatable {
    /// Up to where the file was read.
    var end: Int64
    var dueNanos: Int64
}
