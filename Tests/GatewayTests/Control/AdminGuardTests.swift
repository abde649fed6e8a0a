import Testing

@testable import Gateway

@Suite struct AdminGuardTests {
    private func admits(_ token: String?, _ values: String...) -> Bool {
        let headers = values.map { (name: "Authorization", value: $0) }
        return AdminGuard(token: token).admits(LocalRequest(method: "GET", path: "/", headers: headers))
    }

    @Test func `the token as a bearer is admitted`() {
        #expect(admits("s3cret", "Bearer s3cret"))
        #expect(admits("s3cret", "bearer  s3cret "))
    }

    @Test(arguments: [
        "", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crets", "Bearer s3creT", "s3cret", "Basic s3cret",
        "Bearer s3crets3cret", "Bearer s3cret s3cret",
    ])
    func `anything else is not`(value: String) {
        #expect(!admits("s3cret", value))
    }

    @Test func `without a token nobody is admitted`() {
        #expect(!admits(nil, "Bearer "))
        #expect(!admits(nil, "Bearer x"))
        #expect(!admits("", "Bearer "))
    }

    @Test func `no header and two headers are refused`() {
        #expect(!admits("a"))
        #expect(!admits("a", "Bearer a", "Bearer a"))
    }

    @Test func `a replaced token is the only one that counts`() {
        let admin = AdminGuard(token: "old")
        admin.replace(token: "new")
        func request(_ token: String) -> LocalRequest {
            LocalRequest(method: "GET", path: "/", headers: [("authorization", "Bearer \(token)")])
        }
        #expect(!admin.admits(request("old")))
        #expect(admin.admits(request("new")))
    }

    @Test func `a refusal carries the challenge`() {
        let response = AdminGuard(token: "a").refusal(LocalRequest(method: "GET", path: "/", requestID: "r1"))
        #expect(response.status == 401)
        #expect(response.headers.contains { $0 == ("WWW-Authenticate", #"Bearer realm="gatehouse""#) })
        #expect(String(decoding: response.body, as: UTF8.self).contains(#""code":"UNAUTHENTICATED""#))
    }
}
