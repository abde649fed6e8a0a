import CurlHTTP

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Tells whether a file may have been replaced: identity, size and times as `stat` says, or that there is none.
enum FileStamp {
    static func of(_ path: String) -> String {
        var info = stat()
        guard stat(path, &info) == 0 else { return "\(path): absent" }
        let time = info.st_mtim
        return "\(path): \(info.st_dev) \(info.st_ino) \(info.st_size) \(time.tv_sec).\(time.tv_nsec)"
    }
}

extension ShipperConfiguration.Output {
    /// The stamps of the files that hold secrets and certificates.
    var fileStamps: String {
        neededFiles.map(FileStamp.of).joined(separator: "\n")
    }
}

extension ShipperConfiguration.Credentials {
    /// The file with the password, token or secret.
    var secretFile: String? {
        switch self {
        case .none: nil
        case .basic(_, _, let file): file
        case .bearer(_, let file): file
        case .oauth2(let options): options.secretFile
        }
    }
}
