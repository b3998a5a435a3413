using System.Text;

namespace HCChat.Client;

/// <summary>A room's call. That there is one, how it is called and who began it is proven by the room's key; who is in it is the server's word.</summary>
/// <param name="Id">Of which its keys are made; new for each call.</param>
/// <param name="Nick">Who began it.</param>
/// <param name="Video">Whether it began with cameras on.</param>
/// <param name="StartedAt">When, by that person's clock.</param>
public sealed record OngoingCall(string Id, string Nick, bool Video, DateTimeOffset StartedAt)
{
    /// <summary>Who is in it, says the server. What they send opens only if they have the room's key.</summary>
    public IReadOnlyList<CallPerson> People { get; init; } = [];

    /// <summary>Which keys it has: counts from 0 with each <see cref="CallRekeyed"/>.</summary>
    public long Epoch { get; init; }

    /// <summary>Who signed its beginning.</summary>
    public Authorship? Authorship { get; init; }
}

/// <summary>Somebody in a call.</summary>
/// <param name="Identity">Who they are there: LiveKit's <c>participant.identity</c>, and what <see cref="ChatRoom.CallKeyOf"/> asks for.</param>
/// <param name="Nick">As whom they are shown.</param>
public sealed record CallPerson(string Identity, string Nick)
{
    /// <summary>What they send; only as <see cref="ChatRoom.CallPeopleAsync"/> was told of it.</summary>
    public IReadOnlyList<CallTrack> Tracks { get; init; } = [];
}

/// <summary>Something that somebody sends in a call.</summary>
/// <param name="Sid">Its name in the call.</param>
/// <param name="Source"><c>camera</c>, <c>microphone</c>, <c>screen_share</c>, <c>screen_share_audio</c> or <c>unknown</c>.</param>
/// <param name="Muted">Nothing comes at present.</param>
public sealed record CallTrack(string Sid, string Source, bool Muted);

/// <summary>A place in a room's call, for any SDK of LiveKit's: connect to <see cref="Url"/> with <see cref="Token"/>, with the keys of <see cref="ChatRoom.CallKeyOf"/>.</summary>
/// <param name="CallId">The call.</param>
/// <param name="Url">Where to connect, <c>ws</c> or <c>wss</c>.</param>
/// <param name="Identity">Who we are there; the same each time, as long as our session lasts.</param>
/// <param name="ExpiresAt">Until when the token lets us in. Who is in stays in.</param>
public sealed record CallSeat(string CallId, Uri Url, string Identity, DateTimeOffset ExpiresAt)
{
    /// <summary>What lets us in. Whoever has it can take our place.</summary>
    public required string Token { get; init; }

    /// <summary>Who and where; not the token.</summary>
    public override string ToString() => $"{Identity} at {Url}";
}

/// <summary>
/// The key with which somebody sends in a call. LiveKit's SDKs want it for that participant under <see cref="Index"/>, as text or as bytes, with a ring of 16 keys, no shared key and no ratchet: they
/// stretch it themselves (PBKDF2, salt <c>LKFrameEncryptionKey</c>, which is their default).
/// </summary>
public sealed class CallKey
{
    /// <summary>So many keys LiveKit has to hold of each participant at a time.</summary>
    public const int RingSize = 16;

    internal CallKey(string identity, long epoch, ReadOnlySpan<byte> key) =>
        (Identity, Epoch, Text) = (identity, epoch, Convert.ToBase64String(key));

    /// <summary>Whose it is: LiveKit's <c>participant.identity</c>.</summary>
    public string Identity { get; }

    /// <summary>Which of the call's keys.</summary>
    public long Epoch { get; }

    /// <summary>LiveKit's key index.</summary>
    public int Index => (int)(Epoch % RingSize);

    /// <summary>For SDKs that take text: JavaScript, Swift, Kotlin, Flutter.</summary>
    public string Text { get; }

    /// <summary>For SDKs that take bytes: Rust, Node, Python, C++, Unity.</summary>
    public byte[] Bytes() => Encoding.UTF8.GetBytes(Text);

    /// <summary>Whose and which; not the key.</summary>
    public override string ToString() => $"key {Epoch} of {Identity}";
}

/// <summary>A relay for media: WebRTC's <c>RTCIceServer</c>.</summary>
/// <param name="Urls"><c>turn:</c>, <c>turns:</c> or <c>stun:</c> addresses.</param>
/// <param name="Username">Good for minutes; empty where none is needed.</param>
public sealed record CallRelay(IReadOnlyList<string> Urls, string Username)
{
    /// <summary>The password for it.</summary>
    public required string Credential { get; init; }

    /// <summary>Where; not the password.</summary>
    public override string ToString() => string.Join(' ', Urls);
}

/// <summary>There is a call in the room: it has begun, was there already when the room was entered, or who is in it has changed.</summary>
public sealed record CallChanged(DateTimeOffset Time, OngoingCall Call) : ChatEvent(Time);

/// <summary>The room's call is over, or another one has taken its place.</summary>
public sealed record CallEnded(DateTimeOffset Time, string CallId) : ChatEvent(Time);
