using System.Buffers.Binary;
using System.Security.Cryptography;

namespace HCChat.Rtc.Transport;

/// <summary>
/// SCTP over DTLS with one peer (RFC 9260 as RFC 8261 and RFC 8831 use it). The peer opens it. Since nobody but the peer can send anything here, the cookie needs no
/// signature: it is a number of chance that is remembered. Not for several threads at once.
/// </summary>
internal sealed class SctpAssociation
{
    private const int CookieLength = 16;
    private const int InitLength = 16;
    private const ushort CookieParameter = 7;
    private const ushort ForwardTsnParameter = 0xc000;
    private const ushort ExtensionsParameter = 0x8008;

    // A heartbeat of a peer is some forty bytes.
    private const int LongestHeartbeat = 512;

    private readonly PacketSink _send;
    private readonly SctpMessageHandler _deliver;
    private readonly Action<ushort> _reset;
    private readonly byte[] _buffer = new byte[SctpWriter.LongestPacket];
    private readonly uint _firstTsn;
    private Handshake? _offered;
    private Handshake? _agreed;
    private SctpInbound? _inbound;
    private SctpResets? _resets;

    /// <param name="send">Takes a packet to the peer.</param>
    /// <param name="deliver">A message has come.</param>
    /// <param name="reset">The peer has closed a stream.</param>
    public SctpAssociation(PacketSink send, SctpMessageHandler deliver, Action<ushort> reset)
    {
        _send = send;
        _deliver = deliver;
        _reset = reset;
        _firstTsn = Chance();
        Outbound = new SctpOutbound(_firstTsn);
    }

    /// <summary>What goes out. Before the association is there it only gathers.</summary>
    public SctpOutbound Outbound { get; private set; }

    /// <summary>Whether the peer has opened it and nobody has ended it.</summary>
    public bool IsUp => _agreed is not null;

    /// <summary>Streams that the peer takes.</summary>
    public ushort PeerStreams => _agreed?.Streams ?? ushort.MaxValue;

    /// <summary>Counts the times that the peer has begun from nothing.</summary>
    public int Generation { get; private set; }

    /// <summary>A packet has come.</summary>
    public void Take(ReadOnlySpan<byte> bytes, long now)
    {
        if (!SctpPacket.TryRead(bytes, out var packet))
            return;
        var isFirst = true;
        while (packet.Next(out var chunk))
        {
            // Section 8.5.1: an INIT has the tag 0 and its packet to itself, everything else has our tag.
            if (chunk.Type == SctpType.Init)
            {
                if (isFirst && packet.Tag == 0)
                    OnInit(packet, chunk.Value);
                return;
            }
            isFirst = false;
            if (chunk.Type == SctpType.CookieEcho)
                OnCookieEcho(packet.Tag, chunk.Value);
            else if (_agreed is null || packet.Tag != _agreed.Tag || !OnChunk(chunk, now))
                break;
        }
        Flush(now);
    }

    /// <summary>Sends what there is to send.</summary>
    public void Flush(long now)
    {
        while (_agreed is { } agreed)
        {
            var writer = Begin(agreed);
            if (_inbound!.IsSackDue)
                _inbound.WriteSack(ref writer);
            _resets!.Write(ref writer, now);
            Outbound.Fill(ref writer, now);
            if (writer.IsEmpty)
                return;
            _send(writer.Finish());
        }
    }

    /// <summary>What is due by time.</summary>
    public void Tick(long now)
    {
        if (_agreed is null)
            return;
        if (Outbound.Tick(now) | _resets!.Tick(now))
            Flush(now);
    }

    /// <summary>Closes a stream of ours, once what is on its way has come (RFC 8831 section 6.7).</summary>
    public void ResetStream(ushort stream)
    {
        Outbound.Reset(stream);
        _resets?.Request(stream);
    }

    // Section 5.1. Nothing is changed but what is offered: a late or repeated INIT harms nobody.
    private void OnInit(SctpPacket packet, ReadOnlySpan<byte> value)
    {
        if (value.Length < InitLength)
            return;
        var peerTag = BinaryPrimitives.ReadUInt32BigEndian(value);
        if (peerTag == 0)
            return;
        if (_offered?.PeerTag != peerTag)
            _offered = new Handshake(
                Chance() | 1,
                Generation == 0 ? _firstTsn : Chance(),
                peerTag,
                BinaryPrimitives.ReadUInt32BigEndian(value[12..]),
                BinaryPrimitives.ReadUInt32BigEndian(value[4..]),
                // What the peer takes is what we can open.
                Math.Min(BinaryPrimitives.ReadUInt16BigEndian(value[10..]), SctpInbound.MaxStreams),
                packet.DestinationPort,
                packet.SourcePort,
                RandomNumberGenerator.GetBytes(CookieLength)
            );
        var writer = Begin(_offered);
        WriteInitAck(ref writer, _offered);
        _send(writer.Finish());
    }

    private static void WriteInitAck(ref SctpWriter writer, Handshake offered)
    {
        var answer = writer.Add(SctpType.InitAck, 0, InitLength + 4 + CookieLength + 4 + 8);
        BinaryPrimitives.WriteUInt32BigEndian(answer, offered.Tag);
        BinaryPrimitives.WriteUInt32BigEndian(answer[4..], SctpInbound.Capacity);
        BinaryPrimitives.WriteUInt16BigEndian(answer[8..], SctpInbound.MaxStreams);
        BinaryPrimitives.WriteUInt16BigEndian(answer[10..], SctpInbound.MaxStreams);
        BinaryPrimitives.WriteUInt32BigEndian(answer[12..], offered.Tsn);
        var at = answer[InitLength..];
        BinaryPrimitives.WriteUInt16BigEndian(at, CookieParameter);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], 4 + CookieLength);
        offered.Cookie.CopyTo(at[4..]);
        at = at[(4 + CookieLength)..];
        BinaryPrimitives.WriteUInt16BigEndian(at, ForwardTsnParameter);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], 4);
        at = at[4..];
        BinaryPrimitives.WriteUInt16BigEndian(at, ExtensionsParameter);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], 6);
        at[4] = (byte)SctpType.Reconfigure;
        at[5] = (byte)SctpType.ForwardTsn;
    }

    private void OnCookieEcho(uint tag, ReadOnlySpan<byte> cookie)
    {
        if (_offered is not { } offered || tag != offered.Tag || !cookie.SequenceEqual(offered.Cookie))
            return;
        if (_agreed != offered)
            Establish(offered);
        var writer = Begin(offered);
        writer.Add(SctpType.CookieAck, 0, 0);
        _send(writer.Finish());
    }

    private void Establish(Handshake offered)
    {
        _agreed = offered;
        if (Generation++ > 0)
            Outbound = new SctpOutbound(offered.Tsn);
        Outbound.SetPeerWindow(offered.PeerWindow);
        _inbound = new SctpInbound(offered.PeerTsn, _deliver);
        _resets = new SctpResets(offered.PeerTsn, offered.Tsn, _inbound, Outbound, _reset);
    }

    // Whether to go on with the packet.
    private bool OnChunk(SctpChunk chunk, long now)
    {
        switch (chunk.Type)
        {
            case SctpType.Data:
                if (_inbound!.Take(chunk.Flags, chunk.Value))
                    return true;
                End(SctpType.Abort);
                return false;
            case SctpType.Sack:
                Outbound.Acknowledge(chunk.Value, now);
                return true;
            case SctpType.ForwardTsn:
                _inbound!.Forward(chunk.Value);
                return true;
            case SctpType.Heartbeat:
                OnHeartbeat(chunk.Value);
                return true;
            case SctpType.Reconfigure:
                _resets!.Take(chunk.Value);
                return true;
            case SctpType.Shutdown:
                // What we still had to say, nobody would hear.
                End(SctpType.ShutdownAck);
                return false;
            case SctpType.Abort:
                _agreed = _offered = null;
                return false;
            default:
                // Section 3.2: the highest bit tells whether what is not known ends the packet.
                return ((byte)chunk.Type & 0x80) != 0 || chunk.Type <= SctpType.ShutdownComplete;
        }
    }

    private void OnHeartbeat(ReadOnlySpan<byte> value)
    {
        if (value.Length > LongestHeartbeat)
            return;
        var writer = Begin(_agreed!);
        value.CopyTo(writer.Add(SctpType.HeartbeatAck, 0, value.Length));
        _send(writer.Finish());
    }

    private void End(SctpType lastWord)
    {
        var writer = Begin(_agreed!);
        writer.Add(lastWord, 0, 0);
        _send(writer.Finish());
        _agreed = _offered = null;
    }

    private SctpWriter Begin(Handshake to) => new(_buffer, to.OurPort, to.PeerPort, to.PeerTag);

    private static uint Chance() => BinaryPrimitives.ReadUInt32BigEndian(RandomNumberGenerator.GetBytes(4));

    /// <summary>What both sides have told each other.</summary>
    private sealed record Handshake(
        uint Tag,
        uint Tsn,
        uint PeerTag,
        uint PeerTsn,
        uint PeerWindow,
        ushort Streams,
        ushort OurPort,
        ushort PeerPort,
        byte[] Cookie
    );
}
