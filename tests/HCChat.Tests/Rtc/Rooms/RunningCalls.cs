using System.Net;
using System.Net.WebSockets;
using Google.Protobuf;
using HCChat.Rtc;
using HCChat.Rtc.Signal.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HCChat.Tests.Rtc.Rooms;

/// <summary>The built-in calls in this process, and clients that say what they are told to.</summary>
internal sealed class RunningCalls : IAsyncDisposable
{
    private const string Secret = "a secret of tests, thirty-two characters long";
    private readonly WebApplication _app;

    private RunningCalls(WebApplication app, RtcServer rtc) => (_app, Rtc) = (app, rtc);

    public RtcServer Rtc { get; }
    public string Url => _app.Urls.Single();

    public static async Task<RunningCalls> StartAsync(Func<RtcOptions, RtcOptions>? change = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var options = new RtcOptions
        {
            ApiKey = "test",
            ApiSecret = Secret,
            Listen = IPAddress.Loopback,
        };
        var rtc = new RtcServer(
            change?.Invoke(options) ?? options,
            TimeProvider.System,
            NullLogger<RtcServer>.Instance
        );
        rtc.Start();
        rtc.Map(app);
        await app.StartAsync();
        return new RunningCalls(app, rtc);
    }

    public static string Token(string room, string identity, TimeSpan? life = null, string secret = Secret) =>
        new AccessToken("test", secret, TimeProvider.System).Issue(
            new Grant(
                room,
                identity,
                identity,
                "",
                true,
                true,
                true,
                DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds())
                    + (life ?? TimeSpan.FromMinutes(5))
            )
        );

    /// <summary>What the page beside the socket says to a token.</summary>
    public async Task<HttpStatusCode> ValidateAsync(string token)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"{Url}/rtc/validate?access_token={token}"));
        return answer.StatusCode;
    }

    /// <summary>A client of two peer connections.</summary>
    public async Task<CallClient> EnterAsync(string room, string identity, string more = "")
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(
            new Uri(
                $"{Url.Replace("http", "ws", StringComparison.Ordinal)}/rtc?access_token={Token(room, identity)}{more}"
            ),
            CancellationToken.None
        );
        return new CallClient(socket);
    }

    public async ValueTask DisposeAsync()
    {
        await Rtc.DisposeAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>One end of the signalling.</summary>
internal sealed class CallClient(ClientWebSocket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[256 * 1024];

    public Task SendAsync(SignalRequest request) => SendAsync(request.ToByteArray());

    public Task SendAsync(byte[] bytes) =>
        socket.SendAsync(bytes, WebSocketMessageType.Binary, true, CancellationToken.None);

    /// <summary>The next message of that kind; those before it are passed over.</summary>
    public async Task<SignalResponse> ReadUntilAsync(SignalResponse.MessageOneofCase kind)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await socket.ReceiveAsync(_buffer.AsMemory(length), patience.Token);
                Assert.NotEqual(WebSocketMessageType.Close, result.MessageType);
                length += result.Count;
            } while (!result.EndOfMessage);
            var message = SignalResponse.Parser.ParseFrom(_buffer, 0, length);
            if (message.MessageCase == kind)
                return message;
        }
    }

    /// <summary>Reads all that comes, until the other side closes or is gone.</summary>
    public async Task ReadToEndAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            while (
                (await socket.ReceiveAsync(_buffer.AsMemory(), patience.Token)).MessageType
                != WebSocketMessageType.Close
            )
            {
                // One after the other.
            }
        }
        catch (WebSocketException)
        {
            // It was cut off.
        }
    }

    public void Dispose() => socket.Dispose();
}
