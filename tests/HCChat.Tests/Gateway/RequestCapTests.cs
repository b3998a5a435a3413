using System.Net;
using System.Net.Sockets;
using System.Text;
using HCChat.Protocol;

namespace HCChat.Tests.Gateway;

/// <summary>How many requests of one address may be in progress.</summary>
public sealed class RequestCapTests
{
    [Fact]
    public async Task Requests_whose_bodies_do_not_come_take_no_more_than_so_many_places()
    {
        await using var server = await RunningServer.StartAsync();
        var slow = new List<TcpClient>();
        try
        {
            for (var i = 0; i < Limits.MaxRequests; i++)
            {
                slow.Add(await BeginAsync(server));
            }
            await using var ann = await WireClient.JoinAsync(server, "room", "ann");
            using var http = new HttpClient();
            var refused = await UntilAsync(http, server, HttpStatusCode.TooManyRequests);
            Assert.Contains("too_many_connections", refused.Body, StringComparison.Ordinal);
            Assert.True(refused.HasRetryAfter);
        }
        finally
        {
            slow.ForEach(s => s.Dispose());
        }
        using var later = new HttpClient();
        await UntilAsync(later, server, HttpStatusCode.OK);
    }

    private static async Task<TcpClient> BeginAsync(RunningServer server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.WebSocket.Port);
        // All but the last byte: at 240 bytes a second that may take four minutes.
        var request =
            $"POST /api/messages HTTP/1.1\r\nHost: {server.WebSocket.Authority}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{{"
            + new string(' ', 59_998);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        return client;
    }

    // A request is in progress a moment after it was written, and ends a moment after its connection.
    private static async Task<(string Body, bool HasRetryAfter)> UntilAsync(
        HttpClient http,
        RunningServer server,
        HttpStatusCode wanted
    )
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            using var response = await http.GetAsync(new Uri($"{server.Url}/api/auth/methods"), patience.Token);
            if (response.StatusCode == wanted)
            {
                return (await response.Content.ReadAsStringAsync(), response.Headers.RetryAfter is not null);
            }
        }
    }
}
