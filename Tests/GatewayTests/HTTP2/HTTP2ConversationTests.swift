import Testing

@testable import Gateway

struct HTTP2ConversationTests {
    @Test(
        "What two machines tell each other arrives, and windows and memory return to their start",
        arguments: 0..<24 as Range<UInt64>)
    func converses(_ seed: UInt64) {
        let conversation = HTTP2Conversation(seed: seed)
        conversation.run(streams: 40)
        #expect(conversation.complaints == [], "seed \(seed)")
        #expect(conversation.completeStreams > 20, "seed \(seed)")
    }
}
