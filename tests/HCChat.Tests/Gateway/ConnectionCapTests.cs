using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Gateway;

/// <summary>How many may be connected, and for how long without a word.</summary>
public sealed class ConnectionCapTests
{
    [Theory]
    [InlineData("--Gateway:MaxConnectionsPerAddress=2", 429, "too_many_connections")]
    [InlineData("--Gateway:MaxConnections=2", 503, "overloaded")]
    public async Task One_too_many_is_refused_at_the_door_and_those_inside_stay(string cap, int status, string code)
    {
        await using var server = await RunningServer.StartAsync(cap);
        await using var ann = await WireClient.JoinAsync(server, "room", "ann");
        await using (var bob = await WireClient.JoinAsync(server, "room", "bob"))
        {
            await ann.ReadUntilAsync("onlineAdd");
            Assert.Equal((status, code), await RefusalAsync(server));
            await bob.SendAsync("""{"cmd":"chat","channel":"room","mid":"mid-000000000001","text":"E2EE:x"}""");
            await ann.ReadUntilAsync("chat");
        }
        await using var late = await EnterAsync(server);
    }

    [Fact]
    public async Task Another_address_has_places_of_its_own()
    {
        await using var server = await RunningServer.StartAsync(
            "--Gateway:MaxConnectionsPerAddress=1",
            "--Gateway:TrustedProxies=127.0.0.1"
        );
        using var one = await ConnectAsync(server, "203.0.113.7");
        using var two = await ConnectAsync(server, "203.0.113.8");
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(server, "203.0.113.7"));
    }

    [Fact]
    public async Task Whoever_says_nothing_at_all_is_let_go_although_it_answers_pings()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await RunningServer.StartAsync(time);
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, server.WebSocket.Port);
        var stream = silent.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                "GET /chat-ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
        );
        await HeadAsync(stream);
        while (true)
        {
            time.Advance(TimeSpan.FromSeconds(21));
            var (opcode, payload) = await FrameAsync(stream);
            if (opcode == 0x8)
            {
                Assert.Equal(1008, (payload[0] << 8) | payload[1]);
                return;
            }
            Assert.Equal(0x9, opcode);
            // The pong, and a ping of our own, whose answer says that the server has heard both.
            await stream.WriteAsync(Masked(0xA, payload));
            await stream.WriteAsync(Masked(0x9, []));
            Assert.Equal(0xA, (await FrameAsync(stream)).Opcode);
        }
    }

    // The place of somebody who has just gone is free a moment later.
    private static async Task<WireClient> EnterAsync(RunningServer server)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            try
            {
                return await WireClient.JoinAsync(server, "room", "late");
            }
            catch (WebSocketException) when (!patience.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }

    private static async Task<ClientWebSocket> ConnectAsync(RunningServer server, string address)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("X-Forwarded-For", address);
        await socket.ConnectAsync(server.WebSocket, TestContext.Current.CancellationToken);
        return socket;
    }

    private static async Task<(int, string?)> RefusalAsync(RunningServer server)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Url + "/chat-ws"));
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg==");
        using var response = await http.SendAsync(request);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        return ((int)response.StatusCode, (string?)problem["code"]);
    }

    private static async Task HeadAsync(NetworkStream stream)
    {
        var head = "";
        var one = new byte[1];
        while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one);
            head += (char)one[0];
        }
        Assert.StartsWith("HTTP/1.1 101", head, StringComparison.Ordinal);
    }

    private static async Task<(int Opcode, byte[] Payload)> FrameAsync(NetworkStream stream)
    {
        var header = new byte[2];
        await stream.ReadExactlyAsync(header);
        var payload = new byte[header[1]];
        await stream.ReadExactlyAsync(payload);
        return (header[0] & 0xF, payload);
    }

    // Masked with zeros, which change nothing.
    private static byte[] Masked(byte opcode, byte[] payload) =>
        [(byte)(0x80 | opcode), (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. payload];
}
