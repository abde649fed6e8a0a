import CTLS

/// Lets OpenSSL ask for the certificate of a name (SNI) in the middle of a handshake.
///
/// It may be sent: nothing in it changes.
final class ServerNameChooser: @unchecked Sendable {
    private let names: ServerNameTable<TLSContextHandle>
    /// What OpenSSL holds; it points back here, so this must live as long as the context that has it.
    let pointer: UnsafeMutablePointer<gatehouse_tls_chooser>

    init(_ names: ServerNameTable<TLSContextHandle>) {
        self.names = names
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: gatehouse_tls_chooser())
        pointer.pointee.argument = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        pointer.pointee.choose = { name, argument in
            guard let name, let argument else { return nil }
            let chooser = Unmanaged<ServerNameChooser>.fromOpaque(argument).takeUnretainedValue()
            return chooser.names.find(String(cString: name))?.pointer
        }
    }

    deinit { pointer.deallocate() }
}
