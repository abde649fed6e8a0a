import CurlHTTP
import Testing

@Suite("Which addresses a configuration may have")
struct URLValidityTests {
    @Test(
        "a host, and a port that there is",
        arguments: [
            "http://a", "https://a:1/x", "http://a:65535", "http://a:/", "http://u:p@a:80/?q=:x", "http://[::1]",
            "http://[::1]:8080/", "http://a/b:c@d", "http://a?x:99999", "https://{tenant}.example/",
        ])
    func good(_ url: String) { #expect(HTTPRequest.accepts(url: url)) }

    @Test(
        "anything else is refused",
        arguments: [
            "", "a", "ftp://a", "http:/a", "http://", "http:///x", "http://:80", "http://a:99999", "http://a:0",
            "http://a:x", "http://a:-1", "http://[::1]:65536", "http://[::1", "http://a b", "http://a\n", "http://u@",
        ])
    func bad(_ url: String) { #expect(!HTTPRequest.accepts(url: url)) }
}
