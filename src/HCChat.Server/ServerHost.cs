using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HCChat.Server.Api;
using HCChat.Server.Attachments;
using HCChat.Server.Calls;
using HCChat.Server.Chat;
using HCChat.Server.Database;
using HCChat.Server.Gateway;
using HCChat.Server.Hosting;
using HCChat.Server.Identities;
using HCChat.Server.Messages;
using HCChat.Server.Rooms;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Server;

/// <summary><c>hcchat serve</c>.</summary>
public static partial class ServerHost
{
    /// <summary>Frames wait in our bounded queue, where they can be counted and dropped, not in the kernel (bytes).</summary>
    private const int SocketSendBuffer = 64 * 1024;

    /// <summary>What one connection may have waiting to be read (bytes): the rest waits at its sender.</summary>
    private const int RequestBuffer = 64 * 1024;

    /// <summary>Where a request goes to (bytes): a client of calls puts a whole description there, and a browser that cannot pack it needs some 20 KiB.</summary>
    private const int RequestLine = 32 * 1024;

    /// <summary>The database's name in the data folder.</summary>
    private const string SqliteFile = "hcchat.db";

    /// <summary>The secret with which <c>hcchat admin</c> shows that it may read the data folder.</summary>
    private const string AdminToken = "admin.token";

    /// <summary>Where the server was last reached, for <c>hcchat admin</c> on the same machine.</summary>
    private const string AddressFile = "url";

    /// <summary>Connections that wait to be accepted: everybody comes back at once after a restart.</summary>
    private const int Backlog = 4096;

    /// <summary>Runs the server until it is told to stop.</summary>
    /// <param name="args">The command line behind <c>serve</c>.</param>
    /// <returns>The exit code: 0, or 1 after a sentence on standard error.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (IsHelp(args))
        {
            await Console.Out.WriteLineAsync(Settings.Help());
            return 0;
        }
        var address = "";
        try
        {
            var (options, configuration) = Settings.Load(args);
            address = options.Urls.Length > 0 ? options.Urls : $"127.0.0.1:{options.Port}";
            using var data = DataFolder.Open(options.Data);
            await using var app = Build(options, configuration, data, TimeProvider.System);
            await app.StartAsync();
            Announce(data, app);
            if (options.Auth.Open)
            {
                await Console.Out.WriteLineAsync(OpenWarning());
            }
            await Console.Out.WriteLineAsync(Say($"Data folder: {data.Path}", $"数据文件夹：{data.Path}"));
            await Console.Out.WriteLineAsync(
                Say(
                    $"HCChat is ready: {string.Join(" ", Addresses(app))}",
                    $"HCChat 已就绪（ready）：{string.Join(" ", Addresses(app))}"
                )
            );
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (StartException e)
        {
            await Console.Error.WriteLineAsync($"hcchat: {e.Message}");
            return 1;
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync(
                Say(
                    $"hcchat: {address} is already in use; choose another port with --port.",
                    $"hcchat：{address} 已被占用；请用 --port 换一个端口。"
                )
            );
            return 1;
        }
        catch (SocketException e)
        {
            await Console.Error.WriteLineAsync(
                Say($"hcchat: Cannot listen on {address}: {e.Message}", $"hcchat：无法监听 {address}：{e.Message}")
            );
            return 1;
        }
    }

    private static bool IsHelp(string[] args) => args.Any(a => a is "--help" or "-h" or "-?");

    private static string OpenWarning() =>
        Say(
            "Auth:Open is on: whoever may enter an open room may upload to it without showing who they are, and addresses for reading are good for a week.",
            "Auth:Open 已开启：任何能进入开放房间的人都可以不表明身份就上传文件，下载地址一周内有效。"
        );

    // A full disk is no reason not to start.
    private static void Announce(DataFolder data, WebApplication app)
    {
        try
        {
            data.SetText(AddressFile, Addresses(app).First());
        }
        catch (StartException) { }
    }

    /// <summary>What <c>hcchat admin</c> needs to speak to the server on this machine: its address and the secret of its data folder.</summary>
    /// <param name="folder">The data folder; empty for the user's own.</param>
    /// <returns>Null for whatever is not there or cannot be read.</returns>
    public static (string? Url, string? Token) AdminAccess(string folder)
    {
        var path = DataFolder.PathOf(folder);
        try
        {
            var token = File.ReadAllBytes(Path.Combine(path, "secrets", AdminToken));
            return (File.ReadAllText(Path.Combine(path, "secrets", AddressFile)), Base64Url.EncodeToString(token));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, null);
        }
    }

    /// <summary>The addresses that a started server listens on, to be opened in a browser.</summary>
    internal static IEnumerable<string> Addresses(WebApplication app) =>
        app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.Select(a => a + "/");

    /// <summary>Puts the server together; does not start it.</summary>
    internal static WebApplication Build(
        ServerOptions options,
        IConfiguration configuration,
        DataFolder data,
        TimeProvider time
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.AddConfiguration(configuration.GetSection("Logging")).AddSimpleConsole();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        // A start that fails is told in one sentence; the host would add its stack trace.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        // These would write down addresses with all that stands in them, and what a provider says of people.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Authentication", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Routing", LogLevel.Warning); // paths hold what people have named
        builder.Logging.AddFilter("Microsoft.AspNetCore.Cors", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.StaticFiles", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
        builder.Services.AddRoutingCore();
        builder.Services.AddCors();
        var origins = new AllowedOrigins(Settings.List($"{options.Gateway.AllowedOrigins},{options.PublicUrl}"));
        builder.Services.AddSingleton(origins);
        Listen(builder, options);
        if (options.HasRole("gateway"))
        {
            AddChat(builder.Services, options, data, time);
        }
        builder.Services.AddOidc(options, data);

        var app = builder.Build();
        app.UseTrustedProxies(options);
        app.UseSecurityHeaders(options);
        app.UseProblems();
        app.UseRequestCap(options.Storage.Bucket);
        app.UseCors(origins.UseFor);
        app.UseOidc(options);
        app.MapHealth(() => app.Services.GetService<Writer>()?.IsDown == true ? "database" : null);
        if (options.HasRole("gateway"))
        {
            app.Services.GetRequiredService<MessageLog>().ObjectsDoomed += app
                .Services.GetRequiredService<AttachmentSweep>()
                .Wake;
            app.MapGateway();
            if (options.HasRole("api"))
            {
                app.MapOpenApi();
                app.MapMessages();
                app.MapAuth();
                app.MapReports();
                AttachmentsApi.Map(app, options.Auth.Open);
                RtcApi.Map(app, options.Auth.Open);
                app.MapCalls(options);
                new AdminApi(
                    app.Services.GetRequiredService<ChatServer>(),
                    app.Services.GetRequiredService<AuditLog>(),
                    app.Services.GetRequiredService<TokenKeys>(),
                    app.Services.GetRequiredService<AttachmentLog>(),
                    app.Services.GetRequiredService<AttachmentSweep>(),
                    data.Secret(AdminToken, 32),
                    time.GetUtcNow()
                ).Map(app);
            }
        }
        if (options.HasRole("store") && options.Storage.Endpoint.Length == 0)
        {
            app.MapStore(options.Storage, data, time, origins);
        }
        if (options.HasRole("api") && !app.UseWebApp())
        {
            Console.Out.WriteLine(
                Say(
                    "This build has no web client; ./dev run builds it.",
                    "这个构建不含网页客户端；./dev run 会构建它。"
                )
            );
        }
        return app;
    }

    private static void AddChat(IServiceCollection services, ServerOptions options, DataFolder data, TimeProvider time)
    {
        var database = OpenDatabase(options.Database, data.Path);
        Schema.Ensure(database);
        var trips = new Trips(
            TripSalt(options.Compat, data),
            options.Moderation.AdminTrip,
            Settings.List(options.Moderation.ModTrips)
        );
        var sessionTokens = new SessionTokens(data.Secret("session.key", 32), time);
        var flood = new FloodGuard(time, options.Limits.RateLimit);
        var salt = Convert.ToBase64String(data.Secret("room-salt", 16));
        var settings = new ChatSettings(
            Settings.List(options.Rooms.Public),
            options.Rooms.Motd,
            salt,
            TakesGuests: options.Takes("open"),
            TakesPasswords: options.Takes("accounts")
        )
        {
            PublicUrl = options.PublicUrl,
            Bucket = options.Storage.Bucket,
            OidcName = options.HasOidc() ? options.Oidc.Name : null,
            HasCalls = options.HasCalls(),
            ReservedNicks = [.. Settings.List(options.Rooms.ReservedNicks).Select(HCChat.Protocol.Skeleton.Of)],
        };
        services.AddSingleton(_ => new TokenKeys(data, time));
        services.AddSingleton<Passwords>();
        services.AddSingleton(_ => new LoginCodes(time));
        services.AddSingleton(p => new AuditLog(database, p.GetRequiredService<Writer>(), time));
        services.AddSingleton(p => new Accounts(
            database,
            p.GetRequiredService<Writer>(),
            p.GetRequiredService<Passwords>(),
            time
        ));
        services.AddSingleton(_ => database); // so that it is closed with the rest, after the writer
        services.AddSingleton<Writer>();
        services.AddSingleton(p => new MessageLog(
            database,
            p.GetRequiredService<Writer>(),
            Rules(options.History),
            time
        ));
        services.AddSingleton(p =>
        {
            var messages = p.GetRequiredService<MessageLog>();
            var rooms = new RoomDirectory(messages, new RuleStore(database, messages.Writer, time), time);
            var resume = new ResumeTokens(messages.Writer, time);
            var accounts = p.GetRequiredService<Accounts>();
            var chat = new ChatServer(
                settings,
                rooms,
                messages,
                trips,
                sessionTokens,
                resume,
                new Tokens(p.GetRequiredService<TokenKeys>(), time),
                accounts,
                p.GetRequiredService<Passwords>(),
                p.GetRequiredService<AuditLog>(),
                flood,
                new Raids(time, options.Limits.RateLimit),
                time
            )
            {
                KeptCalls = options.CallsOutlive() ? new KeptCalls(database, messages.Writer) : null,
            };
            accounts.Ended += chat.End;
            accounts.LoggedOut += chat.LogOut;
            chat.Bans.Load(rooms.Rules.LoadBans());
            return chat;
        });
        services.AddSingleton(
            new ConnectionCaps(options.Gateway.MaxConnections, options.Gateway.MaxConnectionsPerAddress)
        );
        services.AddAttachments(options, data, time);
        services.AddCalls(options, data, time);
        services.AddSingleton<Connections>();
        services.AddHostedService(provider => provider.GetRequiredService<Connections>());
        services.AddHostedService(_ => new Slack(time));
    }

    private static SqlDatabase OpenDatabase(DatabaseOptions options, string folder) =>
        options.Postgres.Length > 0
            ? SqlDatabase.Postgres(options.Postgres)
            : SqlDatabase.Sqlite(Path.Combine(folder, SqliteFile));

    private static HistoryRules Rules(HistoryOptions history) =>
        new(
            new HistoryPolicy(HistoryPolicy.Parse(history.Mode)!.Value, history.Days, history.Count, 0),
            HistoryPolicy.Parse(history.MaxMode)!.Value,
            history.MaxDays,
            history.MaxCount
        );

    // hack.chat reads its salt file as UTF-8, bytes that are none included.
    private static string TripSalt(CompatOptions compat, DataFolder data) =>
        compat.TripSalt.Length > 0 ? compat.TripSalt
        : compat.TripSaltFile.Length > 0 ? ReadSalt(compat.TripSaltFile)
        : Convert.ToBase64String(data.Secret("trip-salt", 64));

    private static string ReadSalt(string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                Say($"Compat:TripSaltFile cannot be read: {e.Message}", $"无法读取 Compat:TripSaltFile：{e.Message}")
            );
        }
    }

    private static void Listen(WebApplicationBuilder builder, ServerOptions options)
    {
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, BlockPools>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBufferSize = RequestBuffer;
            kestrel.Limits.MaxRequestLineSize = RequestLine;
            // Those that ask for no WebSocket; once upgraded they count in ConnectionCaps.
            kestrel.Limits.MaxConcurrentConnections = options.Gateway.MaxConnections;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            if (options.Urls.Length == 0)
            {
                kestrel.Listen(IPAddress.Loopback, options.Port);
            }
        });
        if (options.Urls.Length > 0)
        {
            builder.WebHost.UseUrls(options.Urls);
        }
        builder.Services.Configure<SocketTransportOptions>(sockets =>
        {
            sockets.Backlog = Backlog;
            sockets.CreateBoundListenSocket = endpoint =>
            {
                var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
                socket.SendBufferSize = SocketSendBuffer;
                return socket;
            };
        });
    }
}
