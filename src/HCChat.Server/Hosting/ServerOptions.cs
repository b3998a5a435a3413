namespace HCChat.Server.Hosting;

/// <summary>
/// Every setting of the server. This tree is the loader and the checker: a key that is not here stops the start. Set by
/// <c>appsettings.json</c>, by the environment (<c>HCCHAT_Section__Key</c>) and by the command line (<c>--Section:Key=value</c>), the later over the earlier.
/// </summary>
public sealed class ServerOptions
{
    /// <summary>What this process does: <c>all</c>, or a comma list of <c>gateway</c> (the WebSocket), <c>api</c> (REST and the web client) and <c>store</c> (objects).</summary>
    public string Roles { get; set; } = "all";

    /// <summary>Port on 127.0.0.1 when <see cref="Urls"/> is not set; 0 takes any free one.</summary>
    public int Port { get; set; } = 8080;

    /// <summary>Addresses to listen on, separated by <c>;</c>. Empty: 127.0.0.1 and <see cref="Port"/>.</summary>
    public string Urls { get; set; } = "";

    /// <summary>Where people reach this server (<c>https://chat.example</c>). Empty: as each request says, believing <c>X-Forwarded-*</c> of trusted proxies.</summary>
    public string PublicUrl { get; set; } = "";

    /// <summary>Folder for everything that must survive a restart. Empty: a folder of the user's own.</summary>
    public string Data { get; set; } = "";

    /// <summary>Where rows are kept.</summary>
    public DatabaseOptions Database { get; set; } = new();

    /// <summary>What is kept of rooms.</summary>
    public HistoryOptions History { get; set; } = new();

    /// <summary>The WebSocket endpoint.</summary>
    public GatewayOptions Gateway { get; set; } = new();

    /// <summary>Who may come in.</summary>
    public AuthOptions Auth { get; set; } = new();

    /// <summary>Logging in elsewhere.</summary>
    public OidcOptions Oidc { get; set; } = new();

    /// <summary>Where objects lie.</summary>
    public StorageOptions Storage { get; set; } = new();

    /// <summary>How much may lie there.</summary>
    public AttachmentOptions Attachments { get; set; } = new();

    /// <summary>Calls.</summary>
    public CallOptions Rtc { get; set; } = new();

    /// <summary>The LiveKit server that has the calls, for <c>Rtc:Mode=livekit</c>.</summary>
    public LiveKitOptions LiveKit { get; set; } = new();

    /// <summary>Relays for those who reach nothing else.</summary>
    public TurnOptions Turn { get; set; } = new();

    /// <summary>What follows hack.chat.</summary>
    public CompatOptions Compat { get; set; } = new();

    /// <summary>What protects the server from floods.</summary>
    public LimitOptions Limits { get; set; } = new();

    /// <summary>Rooms.</summary>
    public RoomOptions Rooms { get; set; } = new();

    /// <summary>Who may moderate.</summary>
    public ModerationOptions Moderation { get; set; } = new();
}

/// <summary>Settings under <c>Database</c>.</summary>
public sealed class DatabaseOptions
{
    /// <summary>Connection string of a PostgreSQL server, as Npgsql reads it. Empty: a SQLite file in the data folder.</summary>
    public string Postgres { get; set; } = "";
}

/// <summary>Settings under <c>History</c>.</summary>
public sealed class HistoryOptions
{
    /// <summary>What rooms keep that have set nothing: <c>off</c>, <c>encrypted</c> (only what the server cannot read) or <c>on</c>.</summary>
    public string Mode { get; set; } = "encrypted";

    /// <summary>For how many days.</summary>
    public int Days { get; set; } = 30;

    /// <summary>How many events at most.</summary>
    public int Count { get; set; } = 100_000;

    /// <summary>The most that rooms may set.</summary>
    public string MaxMode { get; set; } = "on";

    /// <summary>The most days that rooms may set.</summary>
    public int MaxDays { get; set; } = 3_650;

    /// <summary>The most events that rooms may set.</summary>
    public int MaxCount { get; set; } = 10_000_000;
}

/// <summary>Settings under <c>Gateway</c>.</summary>
public sealed class GatewayOptions
{
    /// <summary>Comma list of origins (<c>https://chat.example</c>) whose pages may connect and call the API, besides the server's own.</summary>
    public string AllowedOrigins { get; set; } = "";

    /// <summary>Comma list of addresses or networks (<c>10.0.0.0/8</c>) of proxies whose <c>X-Forwarded-For</c> is believed.</summary>
    public string TrustedProxies { get; set; } = "";

    /// <summary>Most WebSockets at a time. A joined one costs about 32 KB.</summary>
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>Most WebSockets at a time from one IPv4 address or IPv6 /64: a school behind one address, with a few for each.</summary>
    public int MaxConnectionsPerAddress { get; set; } = 2_000;
}

/// <summary>Settings under <c>Auth</c>.</summary>
public sealed class AuthOptions
{
    /// <summary>Comma list: <c>open</c> lets everybody in under a nick, <c>accounts</c> people whom the operator knows, <c>oidc</c> people who log in elsewhere.</summary>
    public string Mode { get; set; } = "open,accounts";

    /// <summary>
    /// Lets the HChat app, which knows no tokens, upload: whoever may enter an open room may then put objects under <c>rooms/ROOM/</c> without showing who they are, and gets an
    /// address for reading that is good for a week, whatever happens to its owner meanwhile.
    /// </summary>
    public bool Open { get; set; }
}

/// <summary>Settings under <c>Storage</c>.</summary>
public sealed class StorageOptions
{
    /// <summary>Where this server reaches an S3 server, like <c>https://s3.example</c>. Empty: the built-in one, on this server's own address.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Where clients reach it. Empty: where <see cref="Endpoint"/> is; for the built-in one where they reached this server.</summary>
    public string PublicEndpoint { get; set; } = "";

    /// <summary>Name of the bucket.</summary>
    public string Bucket { get; set; } = "hc-attachments";

    /// <summary>Region that requests are signed for.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>Access key of the other S3 server.</summary>
    public string AccessKey { get; set; } = "";

    /// <summary>Secret that belongs to it.</summary>
    public string SecretKey { get; set; } = "";
}

/// <summary>Settings under <c>Attachments</c>.</summary>
public sealed class AttachmentOptions
{
    /// <summary>The largest object, bytes.</summary>
    public long FileBytes { get; set; } = 5L << 30;

    /// <summary>All objects of one room, bytes.</summary>
    public long RoomBytes { get; set; } = 20L << 30;

    /// <summary>What one identity, and one address, uploads in 24 hours, bytes.</summary>
    public long DayBytes { get; set; } = 10L << 30;

    /// <summary>How many objects that may be.</summary>
    public long DayCount { get; set; } = 1_000;

    /// <summary>How long objects are kept that no message has named, days.</summary>
    public int Days { get; set; } = 30;

    /// <summary>How long an upload that nobody goes on with is kept, hours; never longer than <see cref="Days"/>.</summary>
    public int PendingHours { get; set; } = 48;
}

/// <summary>Settings under <c>Rtc</c>.</summary>
public sealed class CallOptions
{
    /// <summary>Who has the calls: <c>builtin</c> this process, <c>livekit</c> a LiveKit server, <c>off</c> nobody.</summary>
    public string Mode { get; set; } = "builtin";

    /// <summary>The one port of media, for UDP and for TCP. 0: 7882, or any free one where that is taken.</summary>
    public int Port { get; set; }

    /// <summary>Address to listen on for media. Empty: all, or 127.0.0.1 where the server is for this machine alone (<see cref="ServerOptions.Urls"/> and no <see cref="ServerOptions.PublicUrl"/>).</summary>
    public string Listen { get; set; } = "";

    /// <summary>Comma list of addresses by which clients reach that port, where the machine does not have them itself (NAT, containers). Empty: its own.</summary>
    public string Addresses { get; set; } = "";

    /// <summary>Most people in one call.</summary>
    public int MaxParticipants { get; set; } = 16;

    /// <summary>Most calls at a time.</summary>
    public int MaxRooms { get; set; } = 200;

    /// <summary>Most tracks that one sends.</summary>
    public int MaxTracks { get; set; } = 8;

    /// <summary>What one may send, bit/s.</summary>
    public long MaxBitrate { get; set; } = 6_000_000;
}

/// <summary>Settings under <c>LiveKit</c>.</summary>
public sealed class LiveKitOptions
{
    /// <summary>Where clients reach it, like <c>wss://livekit.example</c>.</summary>
    public string Url { get; set; } = "";

    /// <summary>Where this server reaches it, like <c>http://127.0.0.1:7880</c>. Empty: where clients do.</summary>
    public string ApiUrl { get; set; } = "";

    /// <summary>Name of the API key.</summary>
    public string ApiKey { get; set; } = "";

    /// <summary>Secret that belongs to it, at least 32 characters.</summary>
    public string ApiSecret { get; set; } = "";

    /// <summary>A file with that secret.</summary>
    public string ApiSecretFile { get; set; } = "";
}

/// <summary>Settings under <c>Turn</c>.</summary>
public sealed class TurnOptions
{
    /// <summary>Comma list of relays, like <c>turn:turn.example:3478,turns:turn.example:443?transport=tcp</c>. Empty: none.</summary>
    public string Urls { get; set; } = "";

    /// <summary>What coturn has as <c>static-auth-secret</c>.</summary>
    public string Secret { get; set; } = "";

    /// <summary>A file with that secret.</summary>
    public string SecretFile { get; set; } = "";

    /// <summary>The secret before, while not every relay has the new one.</summary>
    public string PreviousSecret { get; set; } = "";
}

/// <summary>Settings under <c>Oidc</c>, for <c>Auth:Mode</c> with <c>oidc</c>: a provider of OpenID Connect.</summary>
public sealed class OidcOptions
{
    /// <summary>The provider's address; what else there is to know it says itself, under <c>/.well-known/openid-configuration</c>.</summary>
    public string Authority { get; set; } = "";

    /// <summary>How the provider calls this server.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>What this server shows to the provider. Empty: nothing (a public client).</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>A file with that secret.</summary>
    public string ClientSecretFile { get; set; } = "";

    /// <summary>How people know the provider.</summary>
    public string Name { get; set; } = "OpenID Connect";

    /// <summary>What the provider is asked for, separated by blanks.</summary>
    public string Scopes { get; set; } = "openid profile";

    /// <summary>Whether somebody who comes for the first time gets an account.</summary>
    public bool Create { get; set; } = true;

    /// <summary>What the provider has to say of whoever is let in, like <c>groups=chat</c>. Empty: nothing.</summary>
    public string RequiredClaim { get; set; } = "";
}

/// <summary>Settings under <c>Compat</c>.</summary>
public sealed class CompatOptions
{
    /// <summary>hack.chat's salt as text, so that trip codes carry over.</summary>
    public string TripSalt { get; set; } = "";

    /// <summary>hack.chat's <c>salt.key</c>; read as UTF-8, as hack.chat does.</summary>
    public string TripSaltFile { get; set; } = "";
}

/// <summary>Settings under <c>Limits</c>.</summary>
public sealed class LimitOptions
{
    /// <summary>Whether the limiter is on. Off is for tests.</summary>
    public bool RateLimit { get; set; } = true;
}

/// <summary>Settings under <c>Rooms</c>.</summary>
public sealed class RoomOptions
{
    /// <summary>Comma list of channels that <c>getchannels</c> shows.</summary>
    public string Public { get; set; } = "";

    /// <summary>Comma list of nicks that only the server's moderators may have, and whatever looks like them.</summary>
    public string ReservedNicks { get; set; } = "hcchat,server,system,admin,operator,moderator";

    /// <summary>Message of the day of rooms that have none of their own.</summary>
    public string Motd { get; set; } = "";
}

/// <summary>Settings under <c>Moderation</c>.</summary>
public sealed class ModerationOptions
{
    /// <summary>Trip code of the operator.</summary>
    public string AdminTrip { get; set; } = "";

    /// <summary>Comma list of trip codes of moderators.</summary>
    public string ModTrips { get; set; } = "";
}
