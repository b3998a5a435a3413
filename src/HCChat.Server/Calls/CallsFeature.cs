using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using HCChat.Rtc;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Server.Calls;

/// <summary>What calls need: who has them, who may be in them, and relays.</summary>
internal static class CallsFeature
{
    private const string BuiltInKey = "hcchat";

    /// <summary>The port of media where none is set.</summary>
    private const int DefaultPort = 7882;

    /// <summary>Adds them.</summary>
    public static void AddCalls(
        this IServiceCollection services,
        ServerOptions options,
        DataFolder data,
        TimeProvider time
    )
    {
        services.AddSingleton(_ => new TurnCredentials(options.Turn, time));
        if (!options.HasCalls())
        {
            return;
        }
        var livekit = options.LiveKit;
        var isBuiltIn = options.Rtc.Mode == "builtin";
        var (key, secret) = isBuiltIn
            ? (BuiltInKey, Base64Url.EncodeToString(data.Secret("rtc.key", 32)))
            : (livekit.ApiKey, CallRules.Secret("LiveKit:ApiSecret", livekit.ApiSecret, livekit.ApiSecretFile));
        services.AddSingleton(_ => new AccessToken(key, secret, time));
        if (isBuiltIn)
        {
            services.AddSingleton(p =>
                Start(
                    options,
                    port => new RtcServer(
                        Describe(options, key, secret, port, p.GetRequiredService<TurnCredentials>()),
                        time,
                        p.GetRequiredService<ILogger<RtcServer>>()
                    )
                )
            );
            services.AddSingleton<ICalls, BuiltInCalls>();
        }
        else
        {
            services.AddSingleton(p => new LiveKitCalls(livekit, p.GetRequiredService<AccessToken>(), time));
            services.AddSingleton<ICalls>(p => p.GetRequiredService<LiveKitCalls>());
        }
        services.AddSingleton(p => new CallSeats(
            p.GetRequiredService<ChatServer>(),
            p.GetRequiredService<ICalls>(),
            p.GetRequiredService<AccessToken>(),
            data.Secret("call-names", 32),
            time,
            p.GetRequiredService<ILogger<CallSeats>>()
        ));
        services.AddHostedService(p => p.GetRequiredService<CallSeats>());
    }

    /// <summary>Whether this process gives people seats in calls.</summary>
    public static bool HasCalls(this ServerOptions options) =>
        options.Rtc.Mode != "off" && options.HasRole("gateway") && options.HasRole("api");

    /// <summary>Whether calls go on while this process is away.</summary>
    public static bool CallsOutlive(this ServerOptions options) => options.HasCalls() && options.Rtc.Mode == "livekit";

    /// <summary>Serves the signalling, where this process has the calls.</summary>
    /// <exception cref="StartException">The port is taken.</exception>
    public static void MapCalls(this WebApplication app, ServerOptions options)
    {
        if (app.Services.GetService<RtcServer>() is not { } rtc)
        {
            return;
        }
        var seats = app.Services.GetRequiredService<CallSeats>();
        rtc.Admit = seats.MayEnter;
        rtc.Map(app);
    }

    /// <summary>Begins to listen for media.</summary>
    /// <exception cref="StartException">The port is taken.</exception>
    private static RtcServer Start(ServerOptions options, Func<int, RtcServer> make)
    {
        var port = options.Rtc.Port;
        try
        {
            var rtc = make(port > 0 ? port : DefaultPort);
            rtc.Start();
            return rtc;
        }
        catch (SocketException) when (port == 0)
        {
            var rtc = make(0);
            rtc.Start();
            return rtc;
        }
        catch (SocketException e)
        {
            throw new StartException(
                Say(
                    $"Rtc:Port: cannot listen on port {port} for media: {e.Message}",
                    $"Rtc:Port：无法在端口 {port} 上监听媒体：{e.Message}"
                )
            );
        }
    }

    private static RtcOptions Describe(ServerOptions options, string key, string secret, int port, TurnCredentials turn)
    {
        var rtc = options.Rtc;
        return new RtcOptions
        {
            ApiKey = key,
            ApiSecret = secret,
            Listen = ListenOn(options),
            UdpPort = port,
            TcpPort = port,
            Advertise = [.. Settings.List(rtc.Addresses).Select(IPAddress.Parse)],
            MaxRooms = rtc.MaxRooms,
            MaxParticipants = rtc.MaxParticipants,
            MaxTracks = rtc.MaxTracks,
            MaxBitrate = rtc.MaxBitrate,
            IceServers = _ => turn.Issue(),
            RequireEncryption = true,
        };
    }

    // A server for this machine alone has its media there, too.
    private static IPAddress ListenOn(ServerOptions options) =>
        options.Rtc.Listen.Length > 0 ? IPAddress.Parse(options.Rtc.Listen)
        : options.PublicUrl.Length == 0 && IsLocal(options) ? IPAddress.Loopback
        : Socket.OSSupportsIPv6 ? IPAddress.IPv6Any
        : IPAddress.Any;

    private static bool IsLocal(ServerOptions options) =>
        options.Urls.Length == 0
        || options
            .Urls.Split(';')
            .All(u =>
                new Uri(
                    u.Replace("//*", "//0.0.0.0", StringComparison.Ordinal)
                        .Replace("//+", "//0.0.0.0", StringComparison.Ordinal)
                ).IsLoopback
            );
}
