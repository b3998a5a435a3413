using System.Security.Cryptography;
using HCChat.Rtc.Media;
using HCChat.Rtc.Signal;
using HCChat.Rtc.Transport;

namespace HCChat.Rtc.Rooms;

/// <summary>One peer connection of a member: its transport, its media, and what descriptions of it have in common.</summary>
internal sealed class CallPeer : IDisposable
{
    private readonly CallRoom _room;
    private readonly ulong _session = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) >> 1;
    private string _ufrag = "";
    private string _fingerprint = "";
    private int _version;

    private bool _isOver;

    public CallPeer(CallRoom room, MediaMember media)
    {
        _room = room;
        Transport = room.Context.Port.Open(new PeerEvents(OnRtp, OnRtcp, OnData, OnConnected, OnClosed));
        Media = media.Open(MediaSink.Of(Transport));
    }

    public PeerTransport Transport { get; }
    public MediaPeer Media { get; }

    /// <summary>Whose it is. Nothing comes before the client has our credentials, and by then this is set.</summary>
    public CallMember? Member { get; set; }

    /// <summary>Takes over what a description of the client says of its end. False: it is not the end that it was.</summary>
    public bool TryAccept(SdpSession remote)
    {
        if (remote.Ufrag.Length == 0 || remote.Fingerprint.Length == 0)
            return false;
        if (_fingerprint.Length == 0)
            Transport.Expect(_fingerprint = remote.Fingerprint);
        else if (!_fingerprint.Equals(remote.Fingerprint, StringComparison.OrdinalIgnoreCase))
            return false;
        if (_ufrag.Length > 0 && _ufrag != remote.Ufrag && !IsRestarted)
            Transport.RestartIce();
        IsRestarted = false;
        _ufrag = remote.Ufrag;
        return true;
    }

    /// <summary>We have restarted ICE in an offer of ours; the answer's new user name is part of that.</summary>
    public bool IsRestarted { get; private set; }

    /// <summary>Restarts ICE by ourselves: the next offer says so.</summary>
    public void RestartIce()
    {
        Transport.RestartIce();
        IsRestarted = true;
    }

    /// <summary>The beginning of our next description of it.</summary>
    public SdpWriter Describe(
        string fingerprint,
        IReadOnlyList<string> candidates,
        IEnumerable<string> mids,
        bool isOffer
    ) =>
        new(
            new SdpTransport(Transport.Ufrag, Transport.Password, fingerprint, candidates),
            _session,
            ++_version,
            mids,
            isOffer
        );

    public void Dispose()
    {
        _isOver = true;
        Transport.Dispose();
    }

    private void OnRtp(Span<byte> packet)
    {
        lock (_room.Gate)
            if (!_isOver)
                Media.OnRtp(packet);
    }

    private void OnRtcp(Span<byte> packet)
    {
        lock (_room.Gate)
            if (!_isOver)
                Media.OnRtcp(packet);
    }

    private void OnData(string label, ReadOnlySpan<byte> message, bool binary)
    {
        lock (_room.Gate)
            if (!_isOver && Member is { } member)
                _room.Packets.Take(member, label, message);
    }

    private void OnConnected()
    {
        lock (_room.Gate)
        {
            if (_isOver || Member is not { } member)
                return;
            Media.Connected();
            if (this == member.Primary && member.State == MemberState.Joined)
            {
                member.State = MemberState.Active;
                _room.Tell(member);
            }
        }
    }

    private void OnClosed(string reason)
    {
        lock (_room.Gate)
            if (!_isOver && Member is { } member)
                _room.Watch.Closed(member);
    }
}
