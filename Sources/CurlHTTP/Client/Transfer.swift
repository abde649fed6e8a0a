import CCurl

/// One easy handle with what a request in flight needs: the header list, the error buffer and the response so far.
///
/// libcurl calls back with an unretained pointer to this object; whoever runs the transfer keeps it alive.
final class Transfer {
    let handle: UnsafeMutableRawPointer
    private var list: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private var request: HTTPRequest?
    /// What the handle is set up for.
    private var shape: TransferShape?
    private var response = HTTPResponse(status: 0)
    private var headerBytes = 0
    private var bodyWasTooLarge = false

    /// All headers of one response together; more is refused.
    static let maxHeaderBytes = 256 << 10

    init() throws(CurlError) {
        guard CurlLibrary.isReady, let handle = gatehouse_easy_init() else {
            throw CurlLibrary.unavailable
        }
        self.handle = handle
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        gatehouse_easy_cleanup(handle)
        gatehouse_slist_free_all(list)
        errorText.deallocate()
    }

    /// Sets the handle up for a request. Live connections of the handle are kept.
    func prepare(_ request: HTTPRequest) throws(CurlError) {
        release()
        self.request = request
        errorText[0] = 0
        let shape = TransferShape(request)
        let options = TransferOptions(handle: handle)
        if let shape, shape == self.shape {
            // Only the body and the headers differ from the last request's.
            try options.applyBody(request)
        } else {
            self.shape = nil
            gatehouse_easy_reset(handle)
            try options.apply(request)
            self.shape = shape
        }
        list = try HeaderList.make(request)
        let context = Unmanaged.passUnretained(self).toOpaque()
        let codes = [
            gatehouse_set_list(handle, CURLOPT_HTTPHEADER, list),
            gatehouse_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText),
            gatehouse_set_body_callback(handle, onBody, context),
            gatehouse_set_header_callback(handle, onHeader, context),
        ]
        if let failed = codes.first(where: { $0 != CURLE_OK }) { throw failure(failed) }
    }

    /// Turns libcurl's verdict into a response or an error, and lets go of the request's memory.
    func finish(_ code: CURLcode) -> Result<HTTPResponse, CurlError> {
        defer { release() }
        guard code == CURLE_OK else { return .failure(failure(code)) }
        var status = 0
        _ = gatehouse_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        response.status = status
        return .success(response)
    }

    private func failure(_ code: CURLcode) -> CurlError {
        CurlError(code: code, detail: String(cString: errorText), bodyWasTooLarge: bodyWasTooLarge)
    }

    private func release() {
        gatehouse_slist_free_all(list)
        list = nil
        request = nil
        response = HTTPResponse(status: 0)
        headerBytes = 0
        bodyWasTooLarge = false
    }

    /// Returns the number of bytes taken; anything else makes libcurl stop the transfer.
    fileprivate func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let request else { return 0 }
        let room = request.maxBodyBytes - response.body.count
        if bytes.count <= room {
            response.body.append(contentsOf: bytes)
            return bytes.count
        }
        guard request.truncatesBody else {
            bodyWasTooLarge = true
            return 0
        }
        response.body.append(contentsOf: bytes.prefix(max(0, room)))
        response.isBodyTruncated = true
        return bytes.count
    }

    fileprivate func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        if bytes.starts(with: "HTTP/".utf8) {
            response = HTTPResponse(status: 0)
            headerBytes = 0
        }
        headerBytes += bytes.count
        guard headerBytes <= Transfer.maxHeaderBytes else { return 0 }
        guard let colon = bytes.firstIndex(of: 0x3a), colon > 0 else { return bytes.count }
        let name = String(decoding: bytes[..<colon], as: UTF8.self)
        let value = String(decoding: trimmed(bytes[(colon + 1)...]), as: UTF8.self)
        response.headers.append((name, value))
        return bytes.count
    }

    private func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var slice = bytes
        while let first = slice.first, first == 0x20 || first == 0x09 { slice = slice.dropFirst() }
        while let last = slice.last, last == 0x20 || last == 0x09 || last == 0x0d || last == 0x0a {
            slice = slice.dropLast()
        }
        return slice
    }
}

/// libcurl documents the first size as always 1; the product is checked all the same.
private func received(
    _ start: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int
) -> UnsafeRawBufferPointer? {
    let (bytes, overflow) = size.multipliedReportingOverflow(by: count)
    return overflow ? nil : UnsafeRawBufferPointer(start: start, count: bytes)
}

private let onBody: curl_write_callback = { start, size, count, context in
    guard let context, let bytes = received(start, size, count) else { return 0 }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().receiveBody(bytes)
}

private let onHeader: curl_write_callback = { start, size, count, context in
    guard let context, let bytes = received(start, size, count) else { return 0 }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().receiveHeader(bytes)
}
