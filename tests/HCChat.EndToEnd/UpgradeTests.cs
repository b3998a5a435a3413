using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd;

/// <summary>From HTTP to WebSocket: who may come in, and what the others are told.</summary>
public sealed class UpgradeTests(UpgradeTests.Fixture fixture) : IClassFixture<UpgradeTests.Fixture>
{
    private int Port => fixture.Server.Port;

    /// <summary>A server that lets another origin in.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        public ServerProcess Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Server = await ServerProcess.StartAsync(
                "--Gateway:AllowedOrigins=https://chat.example,https://other.example:8443"
            );

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("Origin: https://chat.example\r\n")]
    [InlineData("Origin: https://CHAT.example\r\n")]
    [InlineData("Origin: https://other.example:8443\r\n")]
    public async Task An_absent_or_allowed_origin_is_let_in(string origin) =>
        Assert.Equal(101, await StatusAsync(RawSocket.Upgrade(Port, origin)));

    [Fact]
    public async Task The_own_origin_is_let_in() =>
        Assert.Equal(101, await StatusAsync(RawSocket.Upgrade(Port, $"Origin: http://127.0.0.1:{Port}\r\n")));

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://chat.example")]
    [InlineData("https://chat.example:444")]
    [InlineData("https://chat.example.evil.example")]
    [InlineData("https://evilchat.example")]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("https://chat.example@evil.example")]
    [InlineData("nonsense")]
    public async Task A_foreign_origin_is_refused(string origin) =>
        Assert.Equal(403, await StatusAsync(RawSocket.Upgrade(Port, $"Origin: {origin}\r\n")));

    [Theory]
    [InlineData("/chat-ws", 426)]
    [InlineData("/chat-ws?x=1", 426)]
    public async Task A_plain_request_is_told_to_upgrade(string path, int status) =>
        Assert.Equal(status, await StatusAsync($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{Port}\r\n\r\n"));

    [Theory]
    [InlineData("/chat-ws")]
    [InlineData("/")]
    [InlineData("/chat-ws?x=1")]
    public async Task An_upgrade_is_taken_on_both_paths(string path) =>
        Assert.Equal(101, await StatusAsync(RawSocket.Upgrade(Port, path: path)));

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("MDEyMzQ1Njc4OWFiY2RlZg")]
    [InlineData("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")]
    [InlineData("!!!!!!!!!!!!!!!!!!!!!!==")]
    public async Task A_bad_key_is_a_bad_request(string key) =>
        Assert.Equal(400, await StatusAsync(RawSocket.Upgrade(Port, key: key)));

    [Theory]
    [InlineData("12")]
    [InlineData("14")]
    [InlineData("")]
    [InlineData("x")]
    public async Task Another_version_is_refused_and_told_the_right_one(string version)
    {
        var head = await RawSocket.RequestAsync(Port, RawSocket.Upgrade(Port, version: version));
        Assert.True(Status(head) is 400 or 426, head);
        Assert.Contains("Sec-WebSocket-Version: 13", head, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("POST /chat-ws HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")]
    [InlineData(
        "GET /chat-ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )]
    [InlineData("GET /chat-ws HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData(
        "GET /chat-ws HTTP/1.0\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    )]
    [InlineData("GET /%00/chat-ws HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("nonsense\r\n\r\n")]
    public async Task A_strange_request_gets_a_client_error(string request) =>
        Assert.InRange(await StatusAsync(request), 400, 499);

    [Fact]
    public async Task Too_many_and_too_long_headers_are_refused()
    {
        var many = string.Concat(Enumerable.Range(0, 1_000).Select(i => $"X-{i}: y\r\n"));
        Assert.InRange(await StatusAsync(RawSocket.Upgrade(Port, many)), 400, 431);
        var wide = $"X-Wide: {new string('y', 65_536)}\r\n";
        Assert.InRange(await StatusAsync(RawSocket.Upgrade(Port, wide)), 400, 431);
    }

    [Fact]
    public async Task A_forwarded_address_is_not_believed_from_anybody()
    {
        var room = Guid.NewGuid().ToString();
        using var one = await RawSocket.OpenAsync(Port, "X-Forwarded-For: 203.0.113.7\r\n");
        using var two = await RawSocket.OpenAsync(Port, "X-Forwarded-For: 198.51.100.9\r\n");
        Assert.Equal(await HashAsync(one, room, "one"), await HashAsync(two, room, "two"));
    }

    [Fact]
    public async Task A_forwarded_address_is_believed_from_a_configured_proxy_and_only_its_last_hop()
    {
        await using var server = await ServerProcess.StartAsync("--Gateway:TrustedProxies=127.0.0.1");
        var room = Guid.NewGuid().ToString();
        using var one = await RawSocket.OpenAsync(server.Port, "X-Forwarded-For: 203.0.113.7\r\n");
        using var two = await RawSocket.OpenAsync(server.Port, "X-Forwarded-For: 198.51.100.9\r\n");
        using var forged = await RawSocket.OpenAsync(server.Port, "X-Forwarded-For: 192.0.2.1, 203.0.113.7\r\n");
        var hash = await HashAsync(one, room, "one");
        Assert.NotEqual(hash, await HashAsync(two, room, "two"));
        Assert.Equal(hash, await HashAsync(forged, room, "forged"));
    }

    [Fact]
    public async Task Addresses_of_one_v6_network_of_64_bits_are_one_address()
    {
        await using var server = await ServerProcess.StartAsync("--Gateway:TrustedProxies=127.0.0.1");
        var room = Guid.NewGuid().ToString();
        using var one = await RawSocket.OpenAsync(server.Port, "X-Forwarded-For: 2001:db8:1:2::1\r\n");
        using var near = await RawSocket.OpenAsync(server.Port, "X-Forwarded-For: 2001:db8:1:2:ffff::9\r\n");
        using var far = await RawSocket.OpenAsync(server.Port, "X-Forwarded-For: 2001:db8:1:3::1\r\n");
        var hash = await HashAsync(one, room, "one");
        Assert.Equal(hash, await HashAsync(near, room, "near"));
        Assert.NotEqual(hash, await HashAsync(far, room, "far"));
    }

    private static async Task<string> HashAsync(RawSocket socket, string room, string nick)
    {
        await socket.SendJsonAsync(
            new
            {
                cmd = "join",
                channel = room,
                nick,
            }
        );
        var set = await socket.UntilAsync(f => RawSocket.Cmd(f) == "onlineSet");
        return (string)set["users"]!.AsArray()[^1]!["hash"]!;
    }

    private async Task<int> StatusAsync(string request) => Status(await RawSocket.RequestAsync(Port, request));

    private static int Status(string head) =>
        int.Parse(head.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
}
