using System.Buffers.Binary;
using System.Text;
using HCChat.Rtc.Transport;

namespace HCChat.Tests.Rtc.Transport;

/// <summary>
/// The side that opens an association. The handshake and the opening of channels are written out here, byte by byte; what goes on behind them is done by the same
/// classes as in the product.
/// </summary>
internal sealed class SctpClient(PacketSink send, uint tag = 77, uint firstTsn = 0xfffffff0)
{
    private readonly byte[] _buffer = new byte[SctpWriter.LongestPacket];
    private uint _peerTag;
    private SctpInbound? _inbound;

    public SctpOutbound Outbound { get; } = new(firstTsn);

    public bool IsUp { get; private set; }

    /// <summary>The association was ended by the other side.</summary>
    public SctpType? Ended { get; private set; }

    public List<(ushort Stream, uint Protocol, byte[] Message)> Received { get; } = [];

    /// <summary>Chunks that are not data, as they came.</summary>
    public List<(SctpType Type, byte[] Value)> Others { get; } = [];

    public SctpInbound Inbound => _inbound!;

    public uint PeerTag => _peerTag;

    public void Connect()
    {
        var init = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(init, tag);
        BinaryPrimitives.WriteUInt32BigEndian(init.AsSpan(4), 1 << 20);
        BinaryPrimitives.WriteUInt16BigEndian(init.AsSpan(8), 1024);
        BinaryPrimitives.WriteUInt16BigEndian(init.AsSpan(10), 1024);
        BinaryPrimitives.WriteUInt32BigEndian(init.AsSpan(12), firstTsn);
        Send(SctpType.Init, init, 0);
    }

    public void Send(SctpType type, ReadOnlySpan<byte> value, uint? toTag = null)
    {
        var writer = new SctpWriter(_buffer, 5000, 5000, toTag ?? _peerTag);
        value.CopyTo(writer.Add(type, 0, value.Length));
        send(writer.Finish());
    }

    /// <summary>Opens a channel as RFC 8832 section 5.1 has it.</summary>
    public void OpenChannel(ushort stream, string label, byte type = 0, uint reliability = 0)
    {
        var name = Encoding.UTF8.GetBytes(label);
        byte[] open = [3, type, 0, 0, 0, 0, 0, 0, 0, (byte)name.Length, 0, 0, .. name];
        BinaryPrimitives.WriteUInt32BigEndian(open.AsSpan(4), reliability);
        Outbound.Enqueue(new SctpDelivery(stream, 50, true, null), open);
    }

    public void Take(ReadOnlySpan<byte> bytes, long now)
    {
        Assert.True(SctpPacket.TryRead(bytes, out var packet));
        while (packet.Next(out var chunk))
            switch (chunk.Type)
            {
                case SctpType.InitAck:
                    _peerTag = BinaryPrimitives.ReadUInt32BigEndian(chunk.Value);
                    Outbound.SetPeerWindow(BinaryPrimitives.ReadUInt32BigEndian(chunk.Value[4..]));
                    _inbound ??= new SctpInbound(
                        BinaryPrimitives.ReadUInt32BigEndian(chunk.Value[12..]),
                        (s, p, m) => Received.Add((s, p, m.ToArray()))
                    );
                    Send(SctpType.CookieEcho, Cookie(chunk.Value[16..]));
                    break;
                case SctpType.CookieAck:
                    IsUp = true;
                    break;
                case SctpType.Data:
                    Assert.True(_inbound!.Take(chunk.Flags, chunk.Value));
                    break;
                case SctpType.Sack:
                    Outbound.Acknowledge(chunk.Value, now);
                    break;
                case SctpType.ForwardTsn:
                    _inbound!.Forward(chunk.Value);
                    break;
                default:
                    if (chunk.Type is SctpType.Abort or SctpType.ShutdownAck)
                        Ended = chunk.Type;
                    Others.Add((chunk.Type, chunk.Value.ToArray()));
                    break;
            }
        Flush(now);
    }

    public void Tick(long now)
    {
        if (IsUp && Outbound.Tick(now))
            Flush(now);
    }

    public void Flush(long now)
    {
        while (IsUp && Ended is null)
        {
            var writer = new SctpWriter(_buffer, 5000, 5000, _peerTag);
            if (_inbound!.IsSackDue)
                _inbound.WriteSack(ref writer);
            Outbound.Fill(ref writer, now);
            if (writer.IsEmpty)
                return;
            send(writer.Finish());
        }
    }

    private static ReadOnlySpan<byte> Cookie(ReadOnlySpan<byte> parameters)
    {
        Assert.Equal(7, BinaryPrimitives.ReadUInt16BigEndian(parameters));
        return parameters[4..BinaryPrimitives.ReadUInt16BigEndian(parameters[2..])];
    }
}
