using Google.Protobuf;
using HCChat.Rtc.Media;
using HCChat.Rtc.Signal;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Rooms;

/// <summary>
/// One call. All of it (members, tracks, media, what is negotiated) is under one lock, which packets, messages and the tick take; nothing under it waits. It ends
/// when the last one leaves.
/// </summary>
internal sealed class CallRoom : IDisposable
{
    private const int MaxDeparted = 64;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);

    private const string Version = "1.9.0";

    // Of video, only what everybody can decode and whose keyframes are seen through encryption. H264 is taken from those who have nothing else.
    private static readonly string[] s_codecs = ["audio/opus", "video/VP8", "video/rtx"];

    private readonly List<CallMember> _members = [];
    private readonly Queue<(ParticipantInfo Info, long At)> _departed = [];
    private readonly ITimer _timer;
    private readonly Reports _reports;
    private readonly Watch _watch;
    private readonly ByteString _trailer = ByteString.CopyFrom(
        System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)
    );

    public CallRoom(CallContext context, string name)
    {
        Context = context;
        Name = name;
        Started = context.Time.GetUtcNow();
        _reports = new Reports(this);
        Media = new MediaRoom(
            context.Time,
            new MediaLimits((int)Math.Min(context.Options.MaxBitrate, int.MaxValue)),
            _reports.Events
        );
        Feeds = new Feeds(this);
        Publishing = new Publishing(this);
        ClientOffers = new ClientOffers(this);
        OwnOffers = new OwnOffers(this);
        Packets = new DataRelay(this);
        Requests = new Requests(this);
        _watch = new Watch(this);
        _timer = context.Time.CreateTimer(_ => Tick(), null, s_tick, s_tick);
        Raise(RtcChange.RoomStarted);
    }

    public Lock Gate { get; } = new();
    public CallContext Context { get; }
    public string Name { get; }
    public string Sid { get; } = Ids.New("RM_");
    public DateTimeOffset Started { get; }

    /// <summary>Nobody gets in any more.</summary>
    public bool IsOver { get; private set; }
    public MediaRoom Media { get; }
    public Feeds Feeds { get; }
    public Publishing Publishing { get; }
    public ClientOffers ClientOffers { get; }
    public OwnOffers OwnOffers { get; }
    public DataRelay Packets { get; }
    public Requests Requests { get; }
    public IReadOnlyList<CallMember> Members => _members;

    /// <summary>Looks after those who have been cut off.</summary>
    public Watch Watch => _watch;

    public CallMember? Find(string identity) => _members.Find(m => m.Identity == identity);

    /// <summary>Whether one more has room; whoever is there already has.</summary>
    public bool HasRoomFor(string identity) =>
        _members.Count < Context.Options.MaxParticipants || Find(identity) is not null;

    /// <summary>Somebody comes in. Whoever is there under the same identity goes. Null: the call is over or full.</summary>
    public CallMember? Enter(Arrival arrival, SignalSocket socket, JoinRequest? request)
    {
        lock (Gate)
        {
            if (IsOver || !HasRoomFor(arrival.Grant.Identity))
                return null;
            if (Find(arrival.Grant.Identity) is { } earlier)
                Expel(earlier, LeaveReason.DuplicateIdentity, LeaveAction.Disconnect, endsRoom: false);
            var member = Open(arrival);
            member.Socket = socket;
            _members.Add(member);
            member.Send(new SignalResponse { Join = Welcome(member) });
            Renew(member);
            Tell(member);
            Raise(RtcChange.Joined, member);
            if (member.Served is not null)
                OwnOffers.Offer(member);
            foreach (var track in request?.AddTrackRequests ?? [])
                Publishing.Announce(member, track);
            if (request?.PublisherOffer is { Sdp.Length: > 0 } offer)
                ClientOffers.Take(member, offer);
            return member;
        }
    }

    /// <summary>Somebody whose connection was cut comes back to the same stay. Null: there is no such stay.</summary>
    public CallMember? Return(Grant grant, string sid, SignalSocket socket)
    {
        lock (Gate)
        {
            if (_members.Find(m => m.Sid == sid && m.Identity == grant.Identity) is not { } member)
                return null;
            member.Socket?.Close();
            member.Socket = socket;
            member.SocketChanged = Context.Time.GetTimestamp();
            member.Asked = null;
            var reconnect = new ReconnectResponse { ServerInfo = Server(), LastMessageSeq = member.LastSequence };
            reconnect.IceServers.AddRange(IceServers(member));
            member.Send(new SignalResponse { Reconnect = reconnect });
            Renew(member);
            member.Send(new SignalResponse { Update = Everybody() });
            OwnOffers.Restart(member);
            return member;
        }
    }

    /// <summary>A client's connection has ended; its stay goes on for a while.</summary>
    public void Detach(CallMember member, SignalSocket socket)
    {
        lock (Gate)
        {
            if (member.Socket != socket)
                return;
            member.Socket = null;
            member.SocketChanged = Context.Time.GetTimestamp();
        }
    }

    /// <summary>A message of a client; null is one that cannot be read.</summary>
    public void Handle(CallMember member, SignalSocket socket, SignalRequest? request)
    {
        lock (Gate)
        {
            if (member.Socket == socket && member.State != MemberState.Disconnected)
                Requests.Handle(member, request);
        }
    }

    /// <summary>Puts a member out and tells everybody.</summary>
    public void Expel(CallMember member, LeaveReason reason, LeaveAction action, bool endsRoom = true)
    {
        if (!_members.Remove(member))
            return;
        if (reason != LeaveReason.ClientInitiated)
            member.Send(
                new SignalResponse
                {
                    Leave = new LeaveRequest
                    {
                        Reason = (int)reason,
                        Action = (int)action,
                        CanReconnect = action != LeaveAction.Disconnect,
                    },
                }
            );
        member.State = MemberState.Disconnected;
        foreach (var track in member.Tracks.ToList())
            Publishing.End(track, isTold: false);
        Media.Leave(member.Media);
        member.Offered.Dispose();
        member.Served?.Dispose();
        member.Socket?.Close();
        member.Socket = null;
        var info = member.Describe();
        info.DisconnectReason = (int)reason;
        if (_departed.Count == MaxDeparted)
            _departed.Dequeue();
        _departed.Enqueue((info, Context.Time.GetTimestamp()));
        Broadcast(new SignalResponse { Update = new ParticipantUpdate { Participants = { info } } });
        Raise(RtcChange.Left, member);
        RoomLog.Left(Context.Log, Sid, member.Sid, reason);
        if (endsRoom && _members.Count == 0)
            End();
        else
            Feeds.SettleAll();
    }

    /// <summary>Ends the call for everybody.</summary>
    public void Close(LeaveReason reason, LeaveAction action)
    {
        lock (Gate)
        {
            foreach (var member in _members.ToList())
                Expel(member, reason, action);
            End();
        }
    }

    /// <summary>Tells everybody how a member is now.</summary>
    public void Tell(CallMember member) =>
        Broadcast(new SignalResponse { Update = new ParticipantUpdate { Participants = { member.Describe() } } });

    public void Broadcast(SignalResponse message)
    {
        foreach (var member in _members)
            member.Send(message);
    }

    /// <summary>Tells the server.</summary>
    public void Raise(RtcChange change, CallMember? member = null, CallTrack? track = null) =>
        Context.Raise(new RtcEvent(change, Name, Sid, member?.Identity ?? "", member?.Sid ?? "", track?.Sid ?? ""));

    /// <summary>The candidates that a member is told.</summary>
    public IReadOnlyList<string> CandidatesFor(CallMember member)
    {
        if (!member.Arrival.PrefersTcp)
            return Context.Port.CandidateLines;
        List<string> tcp = [.. Context.Port.CandidateLines.Where(l => l.Contains(" tcp ", StringComparison.Ordinal))];
        return tcp.Count > 0 ? tcp : Context.Port.CandidateLines;
    }

    /// <summary>A new token, so that the client can come back after its first has expired.</summary>
    public void Renew(CallMember member)
    {
        member.Renewed = Context.Time.GetTimestamp();
        if (!Context.Admits(member.Grant))
            return;
        var grant = member.Grant with { Expires = Context.Time.GetUtcNow() + Watch.TokenLife };
        member.Send(new SignalResponse { RefreshToken = Context.Tokens.Issue(grant) });
    }

    public void Dispose() => _timer.Dispose();

    private void End()
    {
        if (IsOver)
            return;
        IsOver = true;
        _timer.Dispose();
        Context.Finished(this);
        Raise(RtcChange.RoomFinished);
    }

    private void Tick()
    {
        lock (Gate)
        {
            if (IsOver)
                return;
            try
            {
                Media.Tick();
                _watch.Look();
            }
            catch (Exception e)
            {
                RoomLog.TickFailed(Context.Log, Sid, e);
            }
        }
    }

    private CallMember Open(Arrival arrival)
    {
        var media = Media.Enter(Ids.New("PA_"));
        var member = new CallMember(arrival, Context.Time)
        {
            Media = media,
            Offered = new CallPeer(this, media),
            Served = arrival.IsSingle ? null : new CallPeer(this, media),
        };
        member.Offered.Member = member;
        if (member.Served is { } served)
        {
            served.Member = member;
            served.Transport.OpenChannel(DataRelay.Reliable, ordered: true, null);
            served.Transport.OpenChannel(DataRelay.Lossy, ordered: false, 0);
        }
        return member;
    }

    private JoinResponse Welcome(CallMember member)
    {
        var join = new JoinResponse
        {
            Room = Describe(),
            Participant = member.Describe(),
            ServerVersion = Version,
            ServerInfo = Server(),
            SubscriberPrimary = member.Served is not null,
            PingInterval = (int)Watch.Ping.TotalSeconds,
            PingTimeout = (int)Watch.PingTimeout.TotalSeconds,
            SifTrailer = _trailer,
            FastPublish = member.Grant.CanPublish,
        };
        join.OtherParticipants.AddRange(_members.Where(m => m != member).Select(m => m.Describe()));
        join.IceServers.AddRange(IceServers(member));
        foreach (var codec in s_codecs)
            join.EnabledPublishCodecs.Add(new Codec { Mime = codec });
        return join;
    }

    // Whoever went while a client was cut off is told of as well, unless the identity is back.
    private ParticipantUpdate Everybody()
    {
        while (_departed.TryPeek(out var oldest) && Context.Since(oldest.At) > Watch.Patience * 3)
            _departed.Dequeue();
        var update = new ParticipantUpdate();
        update.Participants.AddRange(_departed.Select(d => d.Info).Where(i => Find(i.Identity) is null));
        update.Participants.AddRange(_members.Select(m => m.Describe()));
        return update;
    }

    private Room Describe() =>
        new()
        {
            Sid = Sid,
            Name = Name,
            CreationTime = Started.ToUnixTimeSeconds(),
            MaxParticipants = (uint)Context.Options.MaxParticipants,
            NumParticipants = (uint)_members.Count,
            NumPublishers = (uint)_members.Count(m => m.Tracks.Exists(t => t.Publication is not null)),
        };

    // Clients look at the version for what a LiveKit of that version can do.
    private static ServerInfo Server() =>
        new()
        {
            Version = Version,
            Protocol = 16,
            NodeId = "ND_hcchat",
        };

    private IEnumerable<ICEServer> IceServers(CallMember member)
    {
        foreach (var server in Context.Options.IceServers(member.Identity))
        {
            var ice = new ICEServer { Username = server.Username, Credential = server.Credential };
            ice.Urls.AddRange(server.Urls);
            yield return ice;
        }
    }
}
