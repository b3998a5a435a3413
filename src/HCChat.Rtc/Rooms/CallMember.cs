using HCChat.Rtc.Media;
using HCChat.Rtc.Signal;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Rooms;

/// <summary>What a client says of itself when it comes in.</summary>
/// <param name="IsSingle">One peer connection for both ways, whose offers are all the client's; else it publishes on one and is offered the other.</param>
internal sealed record Arrival(
    Grant Grant,
    bool IsSingle,
    bool AutoSubscribe,
    int ClientProtocol,
    IReadOnlyList<int> Capabilities,
    bool PrefersTcp
);

/// <summary>Somebody in a call. Everything of it is under the lock of its room.</summary>
internal sealed class CallMember(Arrival arrival, TimeProvider time)
{
    /// <summary>Messages of signalling in a second, and at once. A client sends some dozens when it comes in, and after that few.</summary>
    public const int MessageRate = 50;
    public const int MessageBurst = 600;

    /// <summary>Packets of data in a second, and at once.</summary>
    public const int PacketRate = 400;
    public const int PacketBurst = 2_000;

    /// <summary>Bytes of data in a second, and at once.</summary>
    public const int DataRate = 500_000;
    public const int DataBurst = 4_000_000;

    private const int MaxChoices = 256;
    private readonly Dictionary<string, bool> _choices = [];

    public string Sid => Media.Sid;
    public Arrival Arrival { get; } = arrival;
    public Grant Grant { get; set; } = arrival.Grant;
    public string Identity => Grant.Identity;
    public DateTimeOffset Joined { get; } = time.GetUtcNow();
    public MemberState State { get; set; } = MemberState.Joined;

    /// <summary>What it publishes or has announced.</summary>
    public List<CallTrack> Tracks { get; } = [];

    /// <summary>The sections in which it is sent tracks, in order.</summary>
    public List<FeedSlot> Slots { get; } = [];

    /// <summary>Its media; set when it comes in.</summary>
    public required MediaMember Media { get; init; }

    /// <summary>The peer connection that the client offers: it publishes there, and a single one is for receiving as well.</summary>
    public required CallPeer Offered { get; init; }

    /// <summary>The peer connection that we offer, unless there is only one.</summary>
    public CallPeer? Served { get; init; }

    /// <summary>The one without which there is no call: tracks and packets go out by it.</summary>
    public CallPeer Primary => Served ?? Offered;

    /// <summary>What the client has offered last.</summary>
    public SdpSession? LastOffer { get; set; }

    /// <summary>
    /// Whether its descriptions have nearly as many sections as are read. A browser never forgets one: whoever shares a screen again and again for hours has hundreds that are empty, and comes in anew before nothing
    /// fits any more.
    /// </summary>
    public bool IsWornOut { get; private set; }

    /// <summary>How many sections we have asked for since <see cref="LastOffer"/>, or null when we have not asked.</summary>
    public (int Audios, int Videos)? Asked { get; set; }

    /// <summary>The number of the offer of ours that waits for its answer, or 0.</summary>
    public uint OfferInFlight { get; set; }

    /// <summary>The number of our last offer.</summary>
    public uint LastOfferOfOurs { get; set; }

    /// <summary>Another offer is due when this one is answered.</summary>
    public bool OfferAgain { get; set; }

    /// <summary>Where messages go, or null while the client is cut off.</summary>
    public SignalSocket? Socket { get; set; }

    /// <summary>Since when it is cut off, or came back; a timestamp.</summary>
    public long SocketChanged { get; set; } = time.GetTimestamp();

    /// <summary>The last of its reliable packets.</summary>
    public uint LastSequence { get; set; }

    /// <summary>Who may be sent its tracks; null: everybody.</summary>
    public Permission? Audience { get; set; }

    /// <summary>Messages of all kinds.</summary>
    public Budget Messages { get; } = new(time, MessageRate, MessageBurst);

    /// <summary>Descriptions are the dear ones.</summary>
    public Budget Descriptions { get; } = new(time, 5, 60);
    public Budget Announcements { get; } = new(time, 2, 32);
    public Budget Packets { get; } = new(time, PacketRate, PacketBurst);
    public Budget PacketBytes { get; } = new(time, DataRate, DataBurst);

    /// <summary>When its token was renewed; a timestamp.</summary>
    public long Renewed { get; set; } = time.GetTimestamp();
    private uint _version;

    /// <summary>Whether it wants a track, by its word or by default.</summary>
    public bool Wants(string sid) => _choices.GetValueOrDefault(sid, Arrival.AutoSubscribe);

    /// <summary>Its descriptions have so many sections now, or would have. Where they are in use, coming in anew would not help.</summary>
    public void WearOut(int sections)
    {
        var used = Slots.Count(s => s.Feed is not null) + Tracks.Count;
        IsWornOut |= sections > SdpReader.MaxSections * 3 / 4 && used <= SdpReader.MaxSections / 2;
    }

    /// <summary>Keeps what it wants of a track.</summary>
    public void Choose(string sid, bool wanted)
    {
        if (_choices.Count < MaxChoices || _choices.ContainsKey(sid))
            _choices[sid] = wanted;
    }

    /// <summary>The track is gone.</summary>
    public void Forget(string sid) => _choices.Remove(sid);

    public FeedSlot? SlotOf(CallTrack track) => Slots.Find(s => s.Feed?.Track == track);

    /// <summary>Hands a message to its client, unless it is cut off: what counts of it is told again when it comes back.</summary>
    public void Send(SignalResponse message) => Socket?.Send(message);

    /// <summary>As others see it. Every one of these has a higher version.</summary>
    public ParticipantInfo Describe()
    {
        var info = new ParticipantInfo
        {
            Sid = Sid,
            Identity = Identity,
            Name = Grant.Name,
            Metadata = Grant.Metadata,
            State = (int)State,
            JoinedAt = Joined.ToUnixTimeSeconds(),
            JoinedAtMs = Joined.ToUnixTimeMilliseconds(),
            Version = ++_version,
            IsPublisher = Tracks.Exists(t => t.Publication is not null),
            ClientProtocol = Arrival.ClientProtocol,
            Permission = new ParticipantPermission
            {
                CanPublish = Grant.CanPublish,
                CanSubscribe = Grant.CanSubscribe,
                CanPublishData = Grant.CanPublishData,
            },
        };
        info.Capabilities.AddRange(Arrival.Capabilities);
        foreach (var track in Tracks)
            if (track.Publication is not null && State != MemberState.Disconnected)
                info.Tracks.Add(track.Info.Clone());
        return info;
    }
}

/// <summary>LiveKit's numbers.</summary>
internal enum MemberState
{
    Joining = 0,
    Joined = 1,
    Active = 2,
    Disconnected = 3,
}

/// <summary>LiveKit's numbers of why a stay ends.</summary>
internal enum LeaveReason
{
    Unknown = 0,
    ClientInitiated = 1,
    DuplicateIdentity = 2,
    ServerShutdown = 3,
    ParticipantRemoved = 4,
    RoomDeleted = 5,
    StateMismatch = 6,
    SignalClose = 9,
    ConnectionTimeout = 14,
    MediaFailure = 15,
}

/// <summary>What the client is to do then; LiveKit's numbers.</summary>
internal enum LeaveAction
{
    Disconnect = 0,
    Resume = 1,
    Reconnect = 2,
}
