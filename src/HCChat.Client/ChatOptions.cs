using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>Where to connect to and as whom.</summary>
public sealed record ChatOptions
{
    /// <summary>The server's page (<c>https://chat.example/</c>), or the WebSocket itself (<c>wss://chat.example/chat-ws</c>).</summary>
    public required Uri Server { get; init; }

    /// <summary>The name to join rooms under, 1–24 characters; taken names are refused.</summary>
    public required string Nick { get; init; }

    /// <summary>A password for a trip code, by which others know the same person again. It goes to the server.</summary>
    public string? TripPassword { get; init; }

    /// <summary>How long connecting may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many of the newest messages from before the first joining <see cref="ChatRoom.ReadAsync"/> begins with; 0, the default, for none. What
    /// is missed while a connection is lost comes in any case.
    /// </summary>
    public int History { get; init; }

    /// <summary>
    /// Where the unacknowledged messages of a room are kept, and the session. By default they live as long as the client. Give <see cref="FileOutboxStore"/>, and the
    /// next run, be it after a crash, sends the messages when it joins the room, and is their author still if the last run ended less than a day ago: nothing is said
    /// twice, and what was said can be edited and deleted; in encrypted rooms by the same <see cref="Identity"/> alone. Of several rooms the one that is joined first names the session.
    /// <c>Outbox = room => new FileOutboxStore(folder, room)</c>.
    /// </summary>
    public Func<StoredRoom, IOutboxStore> Outbox { get; init; } = static _ => new MemoryOutboxStore();

    /// <summary>
    /// The key with which everything is signed in encrypted rooms (spec/crypto.md §3), so that others know the same person again. It stays the caller's. Null: the client makes one
    /// for its lifetime, and in its next run is somebody else to everybody, who are warned then. <see cref="KeptIn"/> keeps one, and so does <see cref="IdentityFile"/>.
    /// </summary>
    public SigningIdentity? Identity { get; init; }

    /// <summary>
    /// Prove the key to the server on every connection, before any room is joined: to claim a room, or because one has a role in it. The server learns which rooms the key is in.
    /// </summary>
    public bool ProveIdentity { get; init; }

    /// <summary>
    /// The login of an account, at the same server, which the server is shown on every connection before any room is joined. Null: a guest, whom not every server takes.
    /// </summary>
    public AccountLogin? Account { get; init; }

    /// <summary>
    /// Where the keys are kept by which the nicks of a room are known; asked for encrypted rooms only. By default they live as long as the client.
    /// <c>Pins = room => new FilePinStore(folder, room)</c>.
    /// </summary>
    public Func<StoredRoom, IPinStore> Pins { get; init; } = static _ => new MemoryPinStore();

    /// <summary>
    /// A folder for what is known of uploads that are not over, their keys included (mode 0600): whoever sends the same file to the same room again, be it after a crash, goes on where it was. Null, the
    /// default: they go on within one client alone.
    /// </summary>
    public string? Uploads { get; init; }

    /// <summary>How long the network may fail, or the server have no time, while a file is sent or fetched, without a byte getting through.</summary>
    public TimeSpan TransferPatience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The clock; for tests.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// The same, with everything that the next run needs kept below a folder: the key (<c>identity</c>, made when it is not there), the outboxes and sessions
    /// (<c>outbox</c>), the keys of others (<c>pins</c>), uploads that are not over (<c>uploads</c>) and the login (<c>account</c>, where <see cref="AccountLogin.LogInAsync"/> has made one).
    /// </summary>
    /// <exception cref="IOException">The key or the login cannot be read or kept.</exception>
    /// <exception cref="InvalidDataException">The login's file is damaged.</exception>
    /// <exception cref="E2eeException">The key's file is damaged.</exception>
    public ChatOptions KeptIn(string folder) =>
        this with
        {
            Identity = IdentityFile.Open(Path.Combine(folder, "identity")),
            Outbox = room => new FileOutboxStore(Path.Combine(folder, "outbox"), room),
            Pins = room => new FilePinStore(Path.Combine(folder, "pins"), room),
            Uploads = Path.Combine(folder, "uploads"),
            Account = AccountLogin.Open(Path.Combine(folder, "account")) ?? Account,
        };

    /// <summary>The name by which the server shall know us again without being told anything else.</summary>
    internal string? LastingNick => TripPassword is null ? Nick : null;

    /// <summary>A room as stores know it.</summary>
    /// <exception cref="ArgumentException">The server is no http, https, ws or wss address.</exception>
    public StoredRoom StoredRoom(string channel, RoomProtection protection) =>
        new(Endpoint, channel, protection, LastingNick);

    internal StoredRoom StoredRoom(RoomAccess access) => StoredRoom(access.Channel, access.Protection);

    /// <summary>The server and the name; not the trip password.</summary>
    public override string ToString() => $"{Nick} at {Server}";

    /// <summary>The WebSocket's address.</summary>
    /// <exception cref="ArgumentException">The server is no http, https, ws or wss address.</exception>
    internal Uri Endpoint
    {
        get
        {
            var scheme = Server.Scheme switch
            {
                "http" or "ws" => "ws",
                "https" or "wss" => "wss",
                _ => throw new ArgumentException($"'{Server}' is no http, https, ws or wss address."),
            };
            var address = new UriBuilder(Server)
            {
                Scheme = scheme,
                Fragment = "",
                Query = "",
            };
            if (!address.Path.EndsWith("/chat-ws", StringComparison.Ordinal))
            {
                address.Path = address.Path.TrimEnd('/') + "/chat-ws";
            }
            return address.Uri;
        }
    }
}
