using System.Text;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd;

/// <summary>RFC 6455 at the byte level: what a broken or hostile peer sends, and the close code that it really receives.</summary>
public sealed class FrameConformanceTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static readonly byte[] s_chat = """{"cmd":"chat","text":"x"}"""u8.ToArray();

    private static readonly Dictionary<string, (byte[] Bytes, int Code)> s_violations = new()
    {
        ["RSV1 on a text frame"] = (Frame.Of(Frame.Text, s_chat, reserved: 4), 1002),
        ["RSV2 on a text frame"] = (Frame.Of(Frame.Text, s_chat, reserved: 2), 1002),
        ["RSV3 on a text frame"] = (Frame.Of(Frame.Text, s_chat, reserved: 1), 1002),
        ["RSV1 on a ping"] = (Frame.Of(Frame.Ping, [], reserved: 4), 1002),
        ["RSV1 on a continuation"] = (Frame.Join(Frame.OfText("{", fin: false), Frame.Of(0, [], reserved: 4)), 1002),
        ["an unmasked text frame"] = (Frame.Of(Frame.Text, s_chat, masked: false), 1002),
        ["an unmasked ping"] = (Frame.Of(Frame.Ping, [], masked: false), 1002),
        ["an unmasked close"] = (Frame.Of(Frame.Close, [], masked: false), 1002),
        ["opcode 3"] = (Frame.Of(3, s_chat), 1002),
        ["opcode 7"] = (Frame.Of(7, []), 1002),
        ["opcode 11"] = (Frame.Of(11, []), 1002),
        ["opcode 15"] = (Frame.Of(15, [1]), 1002),
        ["a fragmented ping"] = (Frame.Of(Frame.Ping, [], fin: false), 1002),
        ["a fragmented pong"] = (Frame.Of(Frame.Pong, [], fin: false), 1002),
        ["a fragmented close"] = (Frame.Of(Frame.Close, [], fin: false), 1002),
        ["a ping of 126 bytes"] = (Frame.Of(Frame.Ping, new byte[126]), 1002),
        ["a pong of 126 bytes"] = (Frame.Of(Frame.Pong, new byte[126]), 1002),
        ["a close of 126 bytes"] = (Frame.OfClose(1000, new byte[124]), 1002),
        ["a ping that declares 64 KiB"] = (Frame.Of(Frame.Ping, [], declared: 65_536), 1002),
        ["a continuation of nothing"] = (Frame.Of(Frame.Continuation, s_chat), 1002),
        ["an open continuation of nothing"] = (Frame.Of(Frame.Continuation, s_chat, fin: false), 1002),
        ["a text amid a text"] = (Frame.Join(Frame.OfText("{", fin: false), Frame.OfText("}")), 1002),
        ["a binary amid a text"] = (Frame.Join(Frame.OfText("{", fin: false), Frame.Of(Frame.Binary, [])), 1002),
        ["a new text amid an open binary"] = (
            Frame.Join(Frame.Of(Frame.Binary, s_chat, fin: false), Frame.OfText("x", fin: false)),
            1002
        ),
        ["a close of one byte"] = (Frame.Of(Frame.Close, [3]), 1002),
        ["a length with the highest bit set"] = (Frame.Of(Frame.Text, [], declared: 1UL << 63), 1002),
        ["a byte that is no UTF-8"] = (Frame.Of(Frame.Text, [(byte)'"', 0xff, (byte)'"']), 1007),
        ["an overlong form"] = (Frame.Of(Frame.Text, [(byte)'"', 0xc0, 0xaf, (byte)'"']), 1007),
        ["a surrogate in UTF-8"] = (Frame.Of(Frame.Text, [(byte)'"', 0xed, 0xa0, 0x80, (byte)'"']), 1007),
        ["beyond U+10FFFF"] = (Frame.Of(Frame.Text, [(byte)'"', 0xf4, 0x90, 0x80, 0x80, (byte)'"']), 1007),
        ["half a character at the end"] = (Frame.Of(Frame.Text, [(byte)'"', 0xe5, 0xae]), 1007),
        ["a character broken off between fragments"] = (
            Frame.Join(Frame.Of(Frame.Text, [(byte)'"', 0xe5], fin: false), Frame.Of(Frame.Continuation, "x\""u8)),
            1007
        ),
        ["a reason that is no UTF-8"] = (Frame.OfClose(1000, [0xff, 0xfe]), 1007),
        ["65,537 bytes declared"] = (Frame.Of(Frame.Text, [], declared: 65_537), 1009),
        ["2 GiB declared"] = (Frame.Of(Frame.Binary, [], declared: 1UL << 31), 1009),
        ["2^63-1 bytes declared"] = (Frame.Of(Frame.Text, [], declared: long.MaxValue), 1009),
        ["2^63-1 bytes declared behind a fragment"] = (
            Frame.Join(
                Frame.Of(Frame.Binary, new byte[1], fin: false),
                Frame.Of(Frame.Continuation, new byte[1024], declared: long.MaxValue)
            ),
            1009
        ),
        ["65,537 bytes in two fragments"] = (
            Frame.Join(Frame.Of(Frame.Binary, new byte[65_536], fin: false), Frame.Of(Frame.Continuation, new byte[1])),
            1009
        ),
        ["65 fragments"] = (
            Frame.Join([
                Frame.OfText("{", fin: false),
                .. Enumerable.Repeat(Frame.Of(Frame.Continuation, " "u8, fin: false), 64),
            ]),
            1002
        ),
        ["100,000 empty continuations"] = (
            Frame.Join([
                Frame.OfText("{", fin: false),
                .. Enumerable.Repeat(Frame.Of(Frame.Continuation, [], fin: false), 100_000),
            ]),
            1002
        ),
    };

    public static TheoryData<string> Violations => [.. s_violations.Keys];

    public static TheoryData<int> WrongCodes =>
        [0, 1, 999, 1004, 1005, 1006, 1012 + 4, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];

    public static TheoryData<int> RightCodes =>
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task A_violation_is_answered_by_its_close_code(string what)
    {
        var (bytes, code) = s_violations[what];
        using var socket = await RawSocket.OpenAsync(fixture.Port);
        await SendWhatIsTakenAsync(socket, bytes);
        Assert.Equal(code, await socket.CloseCodeAsync());
    }

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task A_violation_by_a_member_is_answered_by_its_close_code_and_seen_by_the_room(string what)
    {
        var (bytes, code) = s_violations[what];
        var room = Guid.NewGuid().ToString();
        using var watch = await (await RawSocket.OpenAsync(fixture.Port)).JoinOursAsync(room, "watch");
        using var socket = await (await RawSocket.OpenAsync(fixture.Port)).JoinOursAsync(room, "bad");
        await SendWhatIsTakenAsync(socket, bytes);
        Assert.Equal(code, await socket.CloseCodeAsync());
        await watch.UntilAsync(f => RawSocket.Cmd(f) == "onlineRemove" && (string?)f["nick"] == "bad");
    }

    [Theory]
    [MemberData(nameof(WrongCodes))]
    public async Task A_close_code_that_must_not_be_sent_is_answered_by_1002(int code)
    {
        using var socket = await RawSocket.OpenAsync(fixture.Port);
        await socket.SendAsync(Frame.OfClose(code));
        Assert.Equal(1002, await socket.CloseCodeAsync());
    }

    [Theory]
    [MemberData(nameof(RightCodes))]
    public async Task A_close_is_echoed_and_then_the_connection_ends(int code)
    {
        using var socket = await RawSocket.OpenAsync(fixture.Port);
        await socket.SendAsync(Frame.OfClose(code, "bye 再见"u8));
        var close = await socket.ReceiveAsync();
        Assert.Equal(Frame.Close, close?.Opcode);
        Assert.Equal(code, RawSocket.CodeOf(close!));
        Assert.Null(await socket.ReceiveAsync());
    }

    [Fact]
    public async Task A_close_without_a_code_is_answered_by_a_close()
    {
        using var socket = await RawSocket.OpenAsync(fixture.Port);
        await socket.SendAsync(Frame.Of(Frame.Close, []));
        Assert.True(await socket.CloseCodeAsync() is 1000 or 1005);
    }

    [Fact]
    public async Task What_follows_a_close_is_not_read()
    {
        var room = Guid.NewGuid().ToString();
        using var watch = await (await RawSocket.OpenAsync(fixture.Port)).JoinAsync(room, "watch");
        using var socket = await (await RawSocket.OpenAsync(fixture.Port)).JoinAsync(room, "late");
        await socket.SendAsync(Frame.Join(Frame.OfClose(1000), Frame.Of(Frame.Text, s_chat)));
        Assert.Equal(1000, await socket.CloseCodeAsync());
        var seen = await watch.UntilAsync(f => RawSocket.Cmd(f) is "onlineRemove" or "chat");
        Assert.Equal("onlineRemove", RawSocket.Cmd(seen));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    public async Task A_ping_is_answered_by_a_pong_with_its_payload(int length)
    {
        using var socket = await RawSocket.OpenAsync(fixture.Port);
        var payload = Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray();
        await socket.SendAsync(Frame.Of(Frame.Ping, payload));
        var pong = await socket.ReceiveAsync();
        Assert.Equal(Frame.Pong, pong?.Opcode);
        Assert.Equal(payload, pong!.Payload);
    }

    [Fact]
    public async Task Pings_are_answered_between_the_fragments_of_a_message()
    {
        using var socket = await (await RawSocket.OpenAsync(fixture.Port)).JoinAsync(Guid.NewGuid().ToString(), "ann");
        var text = Encoding.UTF8.GetBytes("""{"cmd":"chat","text":"早安"}""");
        await socket.SendAsync(Frame.Of(Frame.Text, text.AsSpan(0, 23), fin: false));
        Assert.Empty(await socket.FenceAsync());
        await socket.SendAsync(Frame.Of(Frame.Continuation, text.AsSpan(23, 1), fin: false));
        Assert.Empty(await socket.FenceAsync());
        await socket.SendAsync(Frame.Of(Frame.Pong, "unasked"u8));
        await socket.SendAsync(Frame.Of(Frame.Continuation, text.AsSpan(24)));
        Assert.Equal("早安", (string?)(await socket.ReceiveJsonAsync())["text"]);
    }

    [Fact]
    public async Task Sixty_four_fragments_make_a_message()
    {
        using var socket = await (await RawSocket.OpenAsync(fixture.Port)).JoinAsync(Guid.NewGuid().ToString(), "ann");
        await socket.SendAsync(
            Frame.Join([
                Frame.Of(Frame.Text, s_chat, fin: false),
                .. Enumerable.Repeat(Frame.Of(Frame.Continuation, " "u8, fin: false), 62),
                Frame.Of(Frame.Continuation, []),
            ])
        );
        Assert.Equal("chat", RawSocket.Cmd(await socket.ReceiveJsonAsync()));
    }

    [Fact]
    public async Task A_frame_that_comes_byte_by_byte_is_read()
    {
        using var socket = await (await RawSocket.OpenAsync(fixture.Port)).JoinAsync(Guid.NewGuid().ToString(), "ann");
        foreach (var one in Frame.Of(Frame.Text, s_chat))
        {
            await socket.SendAsync(new[] { one });
            await Task.Yield();
        }
        Assert.Equal("chat", RawSocket.Cmd(await socket.ReceiveJsonAsync()));
    }

    [Fact]
    public async Task Frames_that_come_in_one_piece_are_read_one_by_one()
    {
        using var socket = await (await RawSocket.OpenAsync(fixture.Port)).JoinAsync(Guid.NewGuid().ToString(), "ann");
        await socket.SendAsync(
            Frame.Join([.. Enumerable.Range(0, 200).Select(i => Frame.OfText($$"""{"cmd":"chat","text":"{{i}}"}"""))])
        );
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal($"{i}", (string?)(await socket.ReceiveJsonAsync())["text"]);
        }
    }

    [Fact]
    public async Task A_flood_of_pings_is_answered_or_ended_by_policy_and_hurts_nobody()
    {
        using var other = await (await RawSocket.OpenAsync(fixture.Port)).JoinAsync(Guid.NewGuid().ToString(), "ann");
        using var socket = await RawSocket.OpenAsync(fixture.Port);
        var flood = Frame.Join([.. Enumerable.Range(0, 1_000).Select(_ => Frame.Of(Frame.Ping, new byte[125]))]);
        var sending = Task.Run(
            async () =>
            {
                for (var i = 0; i < 100; i++)
                {
                    await SendWhatIsTakenAsync(socket, flood);
                }
                await SendWhatIsTakenAsync(socket, Frame.OfClose(1000));
            },
            TestContext.Current.CancellationToken
        );
        Assert.True(await socket.CloseCodeAsync(TimeSpan.FromSeconds(60)) is 1000 or 1008);
        await sending;
        await other.SendAsync(Frame.Of(Frame.Text, s_chat));
        Assert.Equal("chat", RawSocket.Cmd(await other.ReceiveJsonAsync()));
    }

    // A server may close before all has been sent.
    private static async Task SendWhatIsTakenAsync(RawSocket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The close frame has been sent before, and is what the test looks at.
        }
    }
}
